package dev.listenkeyd.access;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/** Counts calls that were not allowed, slows down who tries wrong tokens, and says so once per address. Thread-safe. */
public final class AuthFailures {
    private static final Logger LOG = Logger.getLogger("listenkeyd.access");

    /** Answers that may wait at the same time; further ones go out at once, so that waiting costs no memory to speak of. */
    static final int MOST_WAITING = 256;

    /** Addresses named in the log within {@link TokenFailureBackoff#QUIET}: who has many addresses must not fill the disk. */
    static final int MOST_NAMED = 20;

    /** Why a call was not allowed; the label of the metric. */
    public enum Reason {
        /** It carried no token. */
        MISSING,
        /** Another scheme, several headers, or what can't be a token. */
        MALFORMED,
        WRONG_TOKEN,
        /** Its client lacks the scope. */
        SCOPE,
        /** It names another client as holder. */
        HOLDER,
        /** Who asked for it would approve it. */
        OWN_CALL
    }

    private final MeterRegistry registry;
    private final LongSupplier nanos;
    private final TokenFailureBackoff slowdown;
    private final AtomicInteger waiting = new AtomicInteger();
    private long namingSince;
    private int named;

    /** @param nanos monotonic time */
    public AuthFailures(MeterRegistry registry, LongSupplier nanos) {
        this.registry = registry;
        this.nanos = nanos;
        this.slowdown = new TokenFailureBackoff(nanos);
        this.namingSince = nanos.getAsLong();
        for (Reason reason : Reason.values()) {
            // There from the start, at 0, so that an alert on it can work.
            counter(reason);
        }
    }

    public void count(Reason reason) {
        counter(reason).increment();
    }

    /** One more call with no valid token from this address; its answer waits this long, then {@link #answered()}. */
    Duration wrong(Reason reason, String source) {
        count(reason);
        TokenFailureBackoff.Turn turn = slowdown.wrong(source);
        if (turn.first() && mayBeNamed()) {
            LOG.warnf(
                    "a call with a wrong token from %s (%s); listenkey_auth_failures_total counts further ones",
                    source, reason);
        }
        if (waiting.incrementAndGet() > MOST_WAITING) {
            return Duration.ZERO;
        }
        return turn.delay();
    }

    void answered() {
        waiting.decrementAndGet();
    }

    private synchronized boolean mayBeNamed() {
        long now = nanos.getAsLong();
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
