package dev.listenkeyd.app;

import dev.listenkeyd.audit.Action;
import dev.listenkeyd.audit.AuditChains;
import dev.listenkeyd.audit.AuditEntry;
import dev.listenkeyd.audit.AuditLog;
import dev.listenkeyd.audit.AuditReader;
import dev.listenkeyd.audit.AuditStore;
import dev.listenkeyd.audit.RepeatedEntries;
import dev.listenkeyd.config.Settings;
import dev.listenkeyd.store.Store;
import dev.listenkeyd.telemetry.AuditTelemetry;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Opens the audit before the first call, and writes its last rows before the store closes. */
@Singleton
class AuditLifecycle {
    private static final Logger LOG = Logger.getLogger("listenkeyd.audit");

    /** How long a stop waits for its last rows. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    /** It may hang with the disk, so that nothing else runs on it. */
    private final ExecutorService writerThread = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "audit");
        // A start that fails must be able to end the process.
        thread.setDaemon(true);
        return thread;
    });

    private final AuditLog audit;
    private final AuditReader reader;
    private final RepeatedEntries repeated;
    private final @Nullable Runnable pruning;
    private final AuditTelemetry telemetry;

    AuditLifecycle(
            Store store, Settings settings, InstantSource clock, LongSupplier nanoTime, AuditTelemetry telemetry) {
        this.telemetry = telemetry;
        AuditStore own = store.audit();
        this.audit = new AuditLog(own, settings.audit(), clock, nanoTime, writerThread, telemetry::observe);
        AuditChains chains = store.auditChains();
        this.reader = new AuditReader(audit, own, chains, telemetry::observe);
        this.pruning = chains == null ? null : () -> reader.prune(settings.audit(), clock);
        this.repeated = new RepeatedEntries(audit, nanoTime);
    }

    @Singleton
    AuditLog audit() {
        return audit;
    }

    @Singleton
    AuditReader reader() {
        return reader;
    }

    @Singleton
    RepeatedEntries repeated() {
        return repeated;
    }

    /** Must be called when the store is open and before the API listens. */
    void start(Heartbeat heartbeat) {
        audit.open();
        telemetry.show(audit, reader);
        audit.record(AuditEntry.DAEMON, Action.START, null, "done");
        heartbeat.every(Heartbeat.EVERY_SECOND, "audit tick", this::tick);
        if (pruning != null) {
            heartbeat.every(AuditLog.PRUNE_EVERY, "audits of replicas that are gone", pruning);
        }
    }

    private void tick() {
        repeated.tick();
        audit.tick();
    }

    /** Must be called after the drain and after the heartbeat's stop, and before the store is closed. */
    void stop() throws InterruptedException {
        repeated.close();
        try {
            audit.record(AuditEntry.DAEMON, Action.STOP, null, "done")
                    .toCompletableFuture()
                    .get(LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            // Logged below, with all rows that wait.
        }
        writerThread.shutdown();
        telemetry.hide();
        if (audit.waiting() > 0) {
            LOG.errorf("%d audit row(s) could not be written and are lost", audit.waiting());
        }
    }
}
