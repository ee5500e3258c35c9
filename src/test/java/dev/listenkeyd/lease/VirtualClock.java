package dev.listenkeyd.lease;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/** Time that moves only when told: the wall clock, and as {@link LongSupplier} the monotonic one. */
public final class VirtualClock implements InstantSource, LongSupplier {
    public static final Instant START = Instant.parse("2026-11-22T00:00:00Z");

    private Instant now = START;
    private long nanoTime = -5_000_000_000L;

    @Override
    public Instant instant() {
        return now;
    }

    @Override
    public long getAsLong() {
        return nanoTime;
    }

    public void advance(Duration by) {
        now = now.plus(by);
        nanoTime += by.toNanos();
    }

    public void advanceTo(Instant then) {
        advance(Duration.between(now, then));
    }

    /** What NTP or an operator does: the monotonic clock knows nothing of it. */
    public void stepWallClock(Duration by) {
        now = now.plus(by);
    }
}
