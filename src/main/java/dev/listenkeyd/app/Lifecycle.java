package dev.listenkeyd.app;

import dev.listenkeyd.budget.LimitWatch;
import dev.listenkeyd.config.Settings;
import dev.listenkeyd.config.UnknownVariables;
import dev.listenkeyd.registration.Leases;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.renewal.RenewalEngine;
import dev.listenkeyd.telemetry.LoopWatch;
import io.quarkus.runtime.Application;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.quarkus.scheduler.Scheduler;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.Config;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The life of the process: open the store, restore, tick, drain, stop. */
@ApplicationScoped
class Lifecycle {

    private static final Logger LOG = Logger.getLogger("listenkeyd");

    /** How long a stop waits for calls in flight. */
    private static final Duration DRAIN = Duration.ofSeconds(5);

    /** How soon a call leaves that has become due, or for which weight has come back. */
    private static final Duration LOOK = Duration.ofMillis(200);

    /** How long a stop waits for the disk. */
    private static final Duration LAST_WRITES = Duration.ofSeconds(2);

    private static final Duration DRAIN_STEP = Duration.ofMillis(20);

    private final Settings settings;
    private final LeaseRegistry registry;
    private final Leases leases;
    private final RenewalEngine engine;
    private final LoopWatch loop;
    private final LimitWatch limitWatch;

    private final ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor();

    /** For the thread of {@link #watch} alone. */
    private boolean begun;

    private @Nullable Future<?> watching;

    Lifecycle(
            Settings settings,
            LeaseRegistry registry,
            Leases leases,
            RenewalEngine engine,
            LoopWatch loop,
            LimitWatch limitWatch) {
        this.settings = settings;
        this.registry = registry;
        this.leases = leases;
        this.engine = engine;
        this.loop = loop;
        this.limitWatch = limitWatch;
    }

    /** Before the API listens: what stops a start, stops it here, and no call is made before all that is stored is known. */
    void open(
            @Observes StartupEvent event,
            Config config,
            StoreLifecycle store,
            AuditLifecycle audit,
            Scheduler scheduler) {
        for (String name : UnknownVariables.among(System.getenv().keySet(), config)) {
            LOG.warnf("%s is not a setting of this version: it has no effect", name);
        }
        if (settings.sandbox()) {
            UnknownVariables.replacedBySandbox(config)
                    .forEach(name -> LOG.warnf("%s has no effect in the sandbox, which has its own", name));
        }
        store.open(registry);
        audit.start();
        restore();
        watching = watch.scheduleWithFixedDelay(() -> watch(scheduler), 0, LOOK.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void restore() {
        try {
            leases.restore(settings.accounts().kept());
            loop.restored();
        } catch (RuntimeException e) {
            LOG.error("not all leases could be restored; those that were are renewed", e);
        }
    }

    /**
     * Starts the loop. To be called when the application has started, whatever it listens on: a start that fails makes no
     * call, and in the sandbox the exchange is this very process.
     */
    private void begin(Scheduler scheduler) {
        try {
            limitWatch.askFirst();
        } finally {
            begun = true;
            scheduler.resume();
        }
        StartupBanner.greet(settings, registry.all().size());
    }

    @Scheduled(every = "1s", concurrentExecution = ConcurrentExecution.SKIP)
    void tick() {
        beat();
    }

    @Scheduled(every = "1s", concurrentExecution = ConcurrentExecution.SKIP)
    void learnLimit() {
        limitWatch.askWhenDue();
    }

    /** The scheduler goes by the wall clock and stands still after that was set back; this one does not. */
    private void watch(Scheduler scheduler) {
        try {
            if (!begun) {
                Application application = Application.currentApplication();
                if (application != null && application.isStarted()) {
                    begin(scheduler);
                }
            } else if (loop.isLate()) {
                beat();
            } else {
                engine.dispatch();
            }
        } catch (RuntimeException | Error e) {
            LOG.error("renewal tick failed; the next one runs in 1 s", e);
        }
    }

    private synchronized void beat() {
        engine.tick();
        loop.ticked();
    }

    void drain(@Observes ShutdownEvent event, StoreLifecycle store, AuditLifecycle audit) throws InterruptedException {
        if (watching != null) {
            watching.cancel(false);
        }
        watch.shutdown();
        engine.stop();
        for (long left = DRAIN.dividedBy(DRAIN_STEP); left > 0 && isCalling(); left--) {
            Thread.sleep(DRAIN_STEP.toMillis());
        }
        if (store.isOpen()) {
            audit.stop();
            if (!isWritten()) {
                LOG.error("the store did not take its last writes: the next start knows an earlier state");
            }
            store.close();
        }
    }

    /** Waits for the disk, a bounded time, until it holds all that is in memory. */
    private boolean isWritten() throws InterruptedException {
        for (long left = LAST_WRITES.dividedBy(DRAIN_STEP); left > 0 && registry.unwritten() > 0; left--) {
            registry.tick();
            Thread.sleep(DRAIN_STEP.toMillis());
        }
        return registry.unwritten() == 0;
    }

    /** Such a call ends by its timeout at the latest, for which the container is still needed. */
    private boolean isCalling() {
        return engine.inFlight() > 0 || limitWatch.isAsking();
    }
}
