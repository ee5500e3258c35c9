package dev.listenkeyd.fleet;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether this member can be certain that it still owns what it owned at the last poll: its membership has not ended since. It goes
 * by both clocks, since the monotonic one may stand still while the machine sleeps. Thread-safe.
 */
final class Tenure {

    /** Beats that fail until the store counts as away. */
    private static final int AWAY = 3;

    /** An instant by both clocks. */
    private record Moment(Instant wall, long nanos) {}

    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final Duration ttl;
    /** Beginning of the last beat after which nobody can have taken a claim; null while that is not known. */
    private volatile @Nullable Moment certain;
    /** Beginning of the last beat that worked; counts from the next poll when the membership had ended before. */
    private @Nullable Moment beat;

    private final AtomicInteger failures = new AtomicInteger();

    Tenure(InstantSource clock, LongSupplier nanoTime, Duration ttl) {
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.ttl = ttl;
    }

    private Moment now() {
        return new Moment(clock.instant(), nanoTime.getAsLong());
    }

    /** A beat begins; call the result when it has worked, with whether the membership had ended before. */
    BeatEnd beat() {
        Moment begun = now();
        return lapsed -> {
            failures.set(0);
            beat = begun;
            boolean goesOn = !lapsed && certain != null;
            certain = goesOn ? begun : null;
        };
    }

    /** The result of a beat. */
    interface BeatEnd {
        void worked(boolean lapsed);
    }

    /** A poll has worked that began after the last beat. */
    void polled() {
        certain = certain == null ? beat : certain;
    }

    /** A beat has failed. */
    void failed() {
        failures.incrementAndGet();
    }

    /** Whether no other member can own what is here. */
    boolean isCertain() {
        Moment since = certain;
        return since != null
                && Duration.between(since.wall(), clock.instant()).abs().compareTo(ttl) < 0
                && nanoTime.getAsLong() - since.nanos() < ttl.toNanos();
    }

    /** Whether the next beats will tell soon whether others own what is here. */
    boolean isInDoubt() {
        return !isCertain() && failures.get() < AWAY;
    }
}
