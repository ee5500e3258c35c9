package dev.listenkeyd.connection;

import dev.listenkeyd.encoding.WireWord;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Counts connections that the daemon closed, and warns of too many of them once a minute. Thread-safe. */
public final class ConnectionMeters {
    private static final Logger LOG = Logger.getLogger("listenkeyd.access");

    static final Duration WARNING_EVERY = Duration.ofMinutes(1);

    /** Why a connection was closed; the label of the metric. */
    enum Reason {
        /** All places are taken. */
        FULL,
        /** The source has too many connections without a valid token. */
        SOURCE,
        /** The head of a call took too long, or a connection without a valid token was quiet for too long. */
        DEADLINE
    }

    private final MeterRegistry registry;
    private final LongSupplier nanoTime;
    private @Nullable Long warnedAt;

    /** @param nanoTime monotonic time */
    public ConnectionMeters(MeterRegistry registry, LongSupplier nanoTime) {
        this.registry = registry;
        this.nanoTime = nanoTime;
        for (Reason reason : Reason.values()) {
            // Registered at 0, so that an alert sees the first increment.
            counter(reason);
        }
    }

    void show(IntSupplier open) {
        Gauge.builder("listenkey.connections", open::getAsInt)
                .description("Open connections to the API")
                .strongReference(true)
                .register(registry);
    }

    /** @param source of the closed connection */
    void closed(String source, Reason reason) {
        counter(reason).increment();
        if (reason != Reason.DEADLINE && mayWarn()) {
            LOG.warnf(
                    "too many connections, most of those without a valid token from %s: the daemon closes some for new ones"
                            + " (%s); listenkey_connections_closed_total counts them",
                    source, WireWord.of(reason));
        }
    }

    private synchronized boolean mayWarn() {
        long now = nanoTime.getAsLong();
        boolean recently = warnedAt != null && now - warnedAt < WARNING_EVERY.toNanos();
        warnedAt = recently ? warnedAt : Long.valueOf(now);
        return !recently;
    }

    private Counter counter(Reason reason) {
        return Counter.builder("listenkey.connections.closed")
                .description("Connections that the daemon closed before their other end did")
                .tag("reason", reason.name())
                .register(registry);
    }
}
