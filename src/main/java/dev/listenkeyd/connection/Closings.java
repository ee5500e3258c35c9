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

/** Counts connections that the daemon closed, and says once a minute that there were too many of them. Thread-safe. */
public final class Closings {
    private static final Logger LOG = Logger.getLogger("listenkeyd.access");

    /** Between two lines in the log. */
    static final Duration SAID_EVERY = Duration.ofMinutes(1);

    /** Why a connection was closed; the label of the metric. */
    enum Reason {
        /** All places were taken. */
        FULL,
        /** Its source had too many without a valid token. */
        SOURCE,
        /** A head took too long, or a connection without a valid token was quiet for too long. */
        DEADLINE
    }

    private final MeterRegistry registry;
    private final LongSupplier nanos;
    private @Nullable Long saidAt;

    /** @param nanos monotonic time */
    public Closings(MeterRegistry registry, LongSupplier nanos) {
        this.registry = registry;
        this.nanos = nanos;
        for (Reason reason : Reason.values()) {
            // There from the start, at 0, so that an alert on it can work.
            counter(reason);
        }
    }

    void show(IntSupplier open) {
        Gauge.builder("listenkey.connections", open::getAsInt)
                .description("Open connections to the API")
                .strongReference(true)
                .register(registry);
    }

    /** @param source where the closed connection came from */
    void closed(String source, Reason reason) {
        counter(reason).increment();
        if (reason != Reason.DEADLINE && isTimeToSay()) {
            LOG.warnf(
                    "too many connections, most of those without a valid token from %s: the daemon closes some for new ones"
                            + " (%s); listenkey_connections_closed_total counts them",
                    source, WireWord.of(reason));
        }
    }

    private synchronized boolean isTimeToSay() {
        long now = nanos.getAsLong();
        boolean said = saidAt != null && now - saidAt < SAID_EVERY.toNanos();
        saidAt = said ? saidAt : Long.valueOf(now);
        return !said;
    }

    private Counter counter(Reason reason) {
        return Counter.builder("listenkey.connections.closed")
                .description("Connections that the daemon closed before their other end did")
                .tag("reason", reason.name())
                .register(registry);
    }
}
