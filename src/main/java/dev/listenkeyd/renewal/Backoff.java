package dev.listenkeyd.renewal;

import dev.listenkeyd.lease.Failure.Reason;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * The gap between two attempts. It doubles with jitter from {@code retryMin} up to {@code retryMax}, shrinks before a
 * deadline so that {@code attemptsKept} attempts still fit, ends with one attempt shortly before it, and is never below
 * {@code retryMin}.
 */
public record Backoff(Duration retryMin, Duration retryMax, int attemptsKept) {

    /** The last attempt starts this long before the deadline: one tick of the loop and one round trip. */
    static final Duration LAST_CALL = Duration.ofSeconds(2);

    /** Largest gap after a failure that only an operator can fix. */
    public static final Duration SLOW_RETRY = Duration.ofMinutes(5);

    /** Credentials are often fixed within minutes: each gap is at most half of the remaining time. */
    private static final int SHARE_WHEN_REFUSED = 2;

    private static final int MAX_DOUBLINGS = 30;

    private static final long NANOS = 1_000_000_000;

    /**
     * @param failures in a row, this one included; at least 1
     * @param deadline of the key, null when there is none to keep
     * @param chance in [0, 1)
     */
    public Duration gap(int failures, Reason reason, Instant now, @Nullable Instant deadline, double chance) {
        Duration gap = jittered(largest(failures, reason), chance);
        if (deadline != null) {
            gap = shrunk(gap, Duration.between(now, deadline.minus(LAST_CALL)), reason);
        }
        return gap.compareTo(retryMin) < 0 ? retryMin : gap.truncatedTo(ChronoUnit.MILLIS);
    }

    /**
     * Whether {@code attemptsKept} attempts surely fit, since they do with the longest gaps. So nobody has to simulate the attempts of
     * leases that are far from their deadlines, which are most.
     *
     * @param first the next attempt
     */
    public boolean hasRoom(Instant first, Instant deadline) {
        return Duration.between(first, deadline).toMillis() >= retryMax.toMillis() * attemptsKept;
    }

    private Duration largest(int failures, Reason reason) {
        if (reason.needsOperator()) {
            return retryMax.compareTo(SLOW_RETRY) > 0 ? retryMax : SLOW_RETRY;
        }
        if (failures >= MAX_DOUBLINGS) {
            return retryMax;
        }
        // retryMax / 2^n, since retryMin * 2^n could overflow.
        return divided(retryMax, 1L << failures).compareTo(retryMin) <= 0
                ? retryMax
                : Duration.ofSeconds(retryMin.getSeconds() << failures, (long) retryMin.getNano() << failures);
    }

    private Duration shrunk(Duration gap, Duration left, Reason reason) {
        // Haste does not fix a malformed request or a missing endpoint: the gap only leaves time for one last call.
        int share =
                !reason.needsOperator() ? attemptsKept : reason == Reason.CREDENTIALS_REFUSED ? SHARE_WHEN_REFUSED : 1;
        Duration most = divided(left, share);
        if (gap.compareTo(most) <= 0) {
            return gap;
        }
        // retryMin would skip the last slot: use that slot instead, if it is far enough away.
        boolean floorPassesLastSlot = retryMin.plus(retryMin).compareTo(left) > 0 && left.compareTo(retryMin) >= 0;
        return floorPassesLastSlot ? left : most;
    }

    /**
     * As {@link Duration#dividedBy}, which is slow: a list of 12,000 leases simulates a million retries. Below
     * zero it may differ by a nanosecond.
     *
     * @param divisor at most 2^{@value #MAX_DOUBLINGS}
     */
    private static Duration divided(Duration duration, long divisor) {
        long seconds = duration.getSeconds();
        long rest = seconds % divisor * NANOS + duration.getNano();
        return Duration.ofSeconds(seconds / divisor, rest / divisor);
    }

    private static Duration jittered(Duration largest, double chance) {
        return scaled(largest, 0.5 + chance / 2);
    }

    static Duration scaled(Duration duration, double factor) {
        return Duration.ofMillis((long) (duration.toMillis() * factor));
    }
}
