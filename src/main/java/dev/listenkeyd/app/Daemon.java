package dev.listenkeyd.app;

import dev.listenkeyd.renewal.LeaseBook;
import dev.listenkeyd.renewal.LeaseStore.StoreException;
import dev.listenkeyd.renewal.Leases;
import dev.listenkeyd.renewal.LimitWatch;
import dev.listenkeyd.renewal.RenewalEngine;
import dev.listenkeyd.store.StoreFile;
import dev.listenkeyd.telemetry.LoopWatch;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.quarkus.scheduler.Scheduler;
import io.quarkus.vertx.http.HttpServerStart;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.ObservesAsync;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.Config;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The life of the process: open the store, restore, tick, drain, stop. */
@ApplicationScoped
class Daemon {

    private static final Logger LOG = Logger.getLogger("listenkeyd");

    /** How long a stop waits for calls in flight. */
    private static final Duration DRAIN = Duration.ofSeconds(5);

    /** How soon a call leaves that has become due, or for which weight has come back. */
    private static final Duration LOOK = Duration.ofMillis(200);

    private static final Duration DRAIN_STEP = Duration.ofMillis(20);

    private final Settings settings;
    private final LeaseBook book;
    private final Leases leases;
    private final RenewalEngine engine;
    private final LoopWatch loop;
    private final LimitWatch limitWatch;

    private final ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor();

    private @Nullable Future<?> watching;
    private @Nullable StoreFile storeFile;

    Daemon(
            Settings settings,
            LeaseBook book,
            Leases leases,
            RenewalEngine engine,
            LoopWatch loop,
            LimitWatch limitWatch) {
        this.settings = settings;
        this.book = book;
        this.leases = leases;
        this.engine = engine;
        this.loop = loop;
        this.limitWatch = limitWatch;
    }

    /** Before the API listens: what stops a start, stops it here. */
    void open(@Observes StartupEvent event, Flyway flyway, Config config, StoreSecrets secrets, AuditKeeper audit) {
        for (String name : UnknownVariables.among(System.getenv().keySet(), config)) {
            LOG.warnf("%s is not a setting of this version: it has no effect", name);
        }
        try {
            storeFile = StoreFile.open(settings.storeFile());
            secrets.unlock();
            // Flyway takes its time: it is asked only when there is something to do.
            if (storeFile.schemaVersion() < StoreFile.SCHEMA_VERSION) {
                flyway.migrate();
            }
            book.restore();
            audit.start();
        } catch (StoreFile.Unusable | FlywayException | StoreException e) {
            throw new ConfigurationException(
                    "listenkeyd can't start, its store " + settings.storeFile() + " " + e.getMessage()
                            + "\nSet LISTENKEYD_STORE_FILE to a file that this process may write, or, unless another process uses this"
                            + " one, put back a copy of it.");
        }
    }

    /** Once the API listens, and with it the sandbox. */
    void begin(@ObservesAsync HttpServerStart event, Scheduler scheduler) {
        try {
            leases.restore(settings.accounts().kept());
            loop.restored();
        } catch (RuntimeException e) {
            LOG.error("not all leases could be restored; those that were are renewed", e);
        }
        limitWatch.askFirst();
        scheduler.resume();
        watching = watch.scheduleWithFixedDelay(this::watch, 0, LOOK.toMillis(), TimeUnit.MILLISECONDS);
        ExitCode.zeroAfterOrderlyStop();
        Console.greet(settings, book.all().size());
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
    private void watch() {
        try {
            if (loop.isLate()) {
                beat();
            } else {
                engine.dispatch();
            }
        } catch (RuntimeException | Error e) {
            LOG.error("a round of the renewal loop failed; the next one follows", e);
        }
    }

    private synchronized void beat() {
        engine.tick();
        loop.ticked();
    }

    void drain(@Observes ShutdownEvent event, AuditKeeper audit) throws InterruptedException {
        if (watching != null) {
            watching.cancel(false);
        }
        watch.shutdown();
        engine.stop();
        for (long left = DRAIN.dividedBy(DRAIN_STEP); left > 0 && isCalling(); left--) {
            Thread.sleep(DRAIN_STEP.toMillis());
        }
        if (storeFile != null) {
            audit.stop();
            storeFile.close();
        }
    }

    /** Such a call ends by its timeout at the latest, for which the container is still needed. */
    private boolean isCalling() {
        return engine.inFlight() > 0 || limitWatch.isAsking();
    }
}
