package dev.listenkeyd.lease;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An instant as nanoseconds since the epoch, which take 8 bytes in place of 28: each lease has half a dozen, and lives long.
 * Instants before 1677 and after 2262 become the first and the last that such a number can say.
 */
public final class EpochNanos {
    private static final long PER_SECOND = 1_000_000_000;
    private static final long NONE = Long.MIN_VALUE;
    private static final Instant FIRST = instant(NONE + 1);
    private static final Instant LAST = instant(Long.MAX_VALUE);

    private EpochNanos() {}

    /** Nanoseconds since the epoch. */
    public static long of(Instant instant) {
        if (instant.isBefore(FIRST)) {
            return NONE + 1;
        }
        return instant.isAfter(LAST) ? Long.MAX_VALUE : instant.getEpochSecond() * PER_SECOND + instant.getNano();
    }

    /** As {@link #of}; null has a number of its own. */
    static long ofNullable(@Nullable Instant instant) {
        return instant == null ? NONE : of(instant);
    }

    /** The instant of a number by {@link #of}. */
    public static Instant instant(long nanos) {
        return Instant.ofEpochSecond(Math.floorDiv(nanos, PER_SECOND), Math.floorMod(nanos, PER_SECOND));
    }

    /** As {@link #instant}, of a number by {@link #ofNullable}. */
    static @Nullable Instant nullable(long nanos) {
        return nanos == NONE ? null : instant(nanos);
    }
}
