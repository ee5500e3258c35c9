package dev.listenkeyd.app;

import dev.listenkeyd.audit.Action;
import dev.listenkeyd.audit.AuditEntry;
import dev.listenkeyd.audit.AuditLog;
import dev.listenkeyd.audit.RepeatedEntries;
import dev.listenkeyd.config.Settings;
import dev.listenkeyd.store.Store;
import dev.listenkeyd.telemetry.AuditTelemetry;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The audit's place in the life of the process, and its threads. */
@Singleton
class AuditLifecycle {
    private static final Logger LOG = Logger.getLogger("listenkeyd.audit");

    /** How long a stop waits for its last rows. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    /** One writes, and may hang with the disk; the other lets go who waits for it. */
    private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(2, task -> {
        Thread thread = new Thread(task, "audit");
        // A start that fails must not be kept from ending.
        thread.setDaemon(true);
        return thread;
    });

    private final AuditLog audit;
    private final RepeatedEntries repeated;
    private final AuditTelemetry telemetry;
    private @Nullable Future<?> ticking;

    AuditLifecycle(
            Store store, Settings settings, InstantSource clock, LongSupplier nanoTime, AuditTelemetry telemetry) {
        this.telemetry = telemetry;
        this.audit = new AuditLog(store.audit(), settings.audit(), clock, nanoTime, threads, telemetry::observe);
        this.repeated = new RepeatedEntries(audit, nanoTime);
    }

    @Produces
    @Singleton
    AuditLog audit() {
        return audit;
    }

    @Produces
    @Singleton
    RepeatedEntries repeated() {
        return repeated;
    }

    /** To be called when the store is open, and before anybody can call. */
    void start() {
        audit.open();
        telemetry.show(audit);
        audit.record(AuditEntry.DAEMON, Action.START, null, "done");
        ticking = threads.scheduleWithFixedDelay(this::tick, 1, 1, TimeUnit.SECONDS);
    }

    private void tick() {
        try {
            repeated.tick();
            audit.tick();
        } catch (RuntimeException | Error e) {
            LOG.error("audit tick failed; the next one runs in 1 s", e);
        }
    }

    /** To be called when nothing happens any more, and before the store is closed. */
    void stop() throws InterruptedException {
        repeated.close();
        try {
            audit.record(AuditEntry.DAEMON, Action.STOP, null, "done")
                    .toCompletableFuture()
                    .get(LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            // Said below, with all that waits.
        }
        if (ticking != null) {
            ticking.cancel(false);
        }
        threads.shutdown();
        telemetry.hide();
        if (audit.waiting() > 0) {
            LOG.errorf("%d row(s) of the audit could not be written, and are lost", audit.waiting());
        }
    }
}
