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

    private Duration largest(int failures, Reason reason) {
        if (reason.needsOperator()) {
            return retryMax.compareTo(SLOW_RETRY) > 0 ? retryMax : SLOW_RETRY;
        }
        if (failures >= MAX_DOUBLINGS) {
            return retryMax;
        }
        // retryMax / 2^n, since retryMin * 2^n could overflow.
        return retryMax.dividedBy(1L << failures).compareTo(retryMin) <= 0
                ? retryMax
                : retryMin.multipliedBy(1L << failures);
    }

    private Duration shrunk(Duration gap, Duration left, Reason reason) {
        // Haste does not fix a malformed request or a missing endpoint: the gap only leaves time for one last call.
        int share =
                !reason.needsOperator() ? attemptsKept : reason == Reason.CREDENTIALS_REFUSED ? SHARE_WHEN_REFUSED : 1;
        Duration most = left.dividedBy(share);
        if (gap.compareTo(most) <= 0) {
            return gap;
        }
        // retryMin would skip the last slot: use that slot instead, if it is far enough away.
        boolean floorPassesLastSlot = retryMin.multipliedBy(2).compareTo(left) > 0 && left.compareTo(retryMin) >= 0;
        return floorPassesLastSlot ? left : most;
    }

    private static Duration jittered(Duration largest, double chance) {
        return scaled(largest, 0.5 + chance / 2);
    }

    static Duration scaled(Duration duration, double factor) {
        return Duration.ofMillis((long) (duration.toMillis() * factor));
    }
}
