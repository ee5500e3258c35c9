package dev.listenkeyd.app;

import dev.listenkeyd.approval.Approvals;
import dev.listenkeyd.config.Settings;
import dev.listenkeyd.config.UnknownVariables;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.telemetry.LoopWatch;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.eclipse.microprofile.config.Config;
import org.jboss.logging.Logger;

/** The life of the process: open the store, restore the leases, start the loop, drain, stop. */
@ApplicationScoped
class Lifecycle {

    private static final Logger LOG = Logger.getLogger("listenkeyd");

    /** How long a stop waits for calls in flight. */
    private static final Duration DRAIN = Duration.ofSeconds(5);

    /** How long a stop waits for the disk. */
    private static final Duration LAST_WRITES = Duration.ofSeconds(2);

    private static final Duration STEP = Duration.ofMillis(20);

    private final Settings settings;
    private final LeaseRegistry registry;
    private final AccountsLifecycle accounts;
    private final RenewalLoop loop;
    private final AuditLifecycle audit;
    private final Heartbeat heartbeat;

    Lifecycle(
            Settings settings,
            LeaseRegistry registry,
            AccountsLifecycle accounts,
            RenewalLoop loop,
            AuditLifecycle audit,
            Heartbeat heartbeat) {
        this.settings = settings;
        this.registry = registry;
        this.accounts = accounts;
        this.loop = loop;
        this.audit = audit;
        this.heartbeat = heartbeat;
    }

    /** Runs before the API listens: an error stops the start, and no call is made before all stored leases are known. */
    void open(
            @Observes StartupEvent event,
            StoreLifecycle store,
            LoopWatch watch,
            EventLifecycle events,
            FileSinkLifecycle sinks,
            StreamWatchLifecycle watchedStreams) {
        if (MigrateCommand.isRunning()) {
            return;
        }
        StartReport.end("beans");
        store.open(registry);
        events.restore();
        StartReport.end("events");
        store.join();
        StartReport.end("replicas");
        audit.start(heartbeat);
        StartReport.end("audit");
        try {
            accounts.restore();
            watch.restored();
            StartReport.end("accounts");
        } catch (RuntimeException e) {
            LOG.error("not all leases could be restored; those that were are renewed", e);
        }
        heartbeat.every(Heartbeat.EVERY_SECOND, "re-encryption", store::reencrypt);
        events.start(heartbeat);
        sinks.start(heartbeat);
        loop.start(() -> {
            StartupBanner.greet(settings, registry.all().size());
            StartReport.end("API");
            StartReport.log();
            watchedStreams.start(heartbeat);
            accounts.start(heartbeat);
        });
    }

    void warnOfSettingsWithoutEffect(@Observes StartupEvent event, Config config) {
        for (String name : UnknownVariables.among(System.getenv().keySet(), config)) {
            LOG.warnf("%s is not a setting of this version: it has no effect", name);
        }
        if (settings.sandbox()) {
            UnknownVariables.replacedBySandbox(config)
                    .forEach(name -> LOG.warnf("%s has no effect in the sandbox, which has its own", name));
        }
    }

    void drain(
            @Observes ShutdownEvent event,
            StoreLifecycle store,
            Approvals approvals,
            EventLifecycle events,
            FileSinkLifecycle sinks,
            StreamWatchLifecycle watchedStreams)
            throws InterruptedException {
        store.drain();
        approvals.close();
        events.close();
        watchedStreams.stop();
        loop.stop();
        await(DRAIN, () -> !loop.isCalling());
        heartbeat.stop();
        await(LAST_WRITES, sinks::isSettled);
        sinks.stop();
        if (store.isOpen() && !MigrateCommand.isRunning()) {
            audit.stop();
            if (!await(LAST_WRITES, () -> isWritten() && events.isWritten())) {
                LOG.error("the store did not take its last writes: the next start knows an earlier state");
            }
            store.close();
        }
    }

    private boolean isWritten() {
        if (registry.unwritten() > 0) {
            registry.tick();
        }
        return registry.unwritten() == 0;
    }

    private static boolean await(Duration patience, BooleanSupplier done) throws InterruptedException {
        for (long left = patience.dividedBy(STEP); left > 0 && !done.getAsBoolean(); left--) {
            Thread.sleep(STEP.toMillis());
        }
        return done.getAsBoolean();
    }
}
