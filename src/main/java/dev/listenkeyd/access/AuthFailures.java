package dev.listenkeyd.access;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/** Counts refused calls, delays answers to wrong tokens, and logs each address once. Thread-safe. */
public final class AuthFailures {
    private static final Logger LOG = Logger.getLogger("listenkeyd.access");

    /** Answers that may wait at the same time; further ones go out at once, which bounds the memory. */
    static final int MOST_WAITING = 256;

    /** Addresses named in the log within {@link TokenFailureBackoff#QUIET}, so that many addresses do not fill the disk. */
    static final int MOST_NAMED = 20;

    /** Why a call was refused; the label of the metric. */
    public enum Reason {
        /** No token. */
        MISSING,
        /** Another scheme, several headers, or a token with characters that no token has. */
        MALFORMED,
        WRONG_TOKEN,
        /** The client lacks the scope. */
        SCOPE,
        /** The call names another client as holder. */
        HOLDER,
        /** A client tried to approve its own call. */
        OWN_CALL
    }

    private final MeterRegistry registry;
    private final LongSupplier nanoTime;
    private final TokenFailureBackoff backoff;
    private final AtomicInteger waiting = new AtomicInteger();
    private long namingSince;
    private int named;

    /** @param nanoTime monotonic time */
    public AuthFailures(MeterRegistry registry, LongSupplier nanoTime) {
        this.registry = registry;
        this.nanoTime = nanoTime;
        this.backoff = new TokenFailureBackoff(nanoTime);
        this.namingSince = nanoTime.getAsLong();
        for (Reason reason : Reason.values()) {
            // Registered at 0, so that an alert sees the first increment.
            counter(reason);
        }
    }

    public void count(Reason reason) {
        counter(reason).increment();
    }

    /**
     * Counts a call without a valid token.
     *
     * @param source address of the caller
     * @return how long its answer waits; then call {@link #answered()}
     */
    Duration tokenRefused(Reason reason, String source) {
        count(reason);
        TokenFailureBackoff.Step step = backoff.failed(source);
        if (step.first() && mayBeNamed()) {
            LOG.warnf(
                    "a call with a wrong token from %s (%s); listenkey_auth_failures_total counts further ones",
                    source, reason);
        }
        if (waiting.incrementAndGet() > MOST_WAITING) {
            return Duration.ZERO;
        }
        return step.delay();
    }

    void answered() {
        waiting.decrementAndGet();
    }

    private synchronized boolean mayBeNamed() {
        long now = nanoTime.getAsLong();
        if (now - namingSince >= TokenFailureBackoff.QUIET.toNanos()) {
            namingSince = now;
            named = 0;
        }
        named++;
        return named <= MOST_NAMED;
    }

    private Counter counter(Reason reason) {
        return Counter.builder("listenkey.auth.failures")
                .description("Calls that were not allowed")
                .tag("reason", reason.name())
                .register(registry);
    }
}
