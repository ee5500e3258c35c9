package dev.listenkeyd.app;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/** Compares the wall clock with the monotonic one, to notice when it is set, or when the machine was asleep. */
final class ClockWatch {

    /** What NTP smooths out and a busy machine delays is no jump. */
    static final Duration TOLERATED = Duration.ofSeconds(2);

    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private Instant lastInstant;
    private long lastNanos;

    ClockWatch(InstantSource clock, LongSupplier nanoTime) {
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.lastInstant = clock.instant();
        this.lastNanos = nanoTime.getAsLong();
    }

    /** How far the wall clock has jumped since this was asked last: negative when it was set back, else zero or more. */
    Duration jump() {
        Instant instant = clock.instant();
        long nanos = nanoTime.getAsLong();
        Duration jump = Duration.between(lastInstant, instant).minusNanos(nanos - lastNanos);
        lastInstant = instant;
        lastNanos = nanos;
        return jump.abs().compareTo(TOLERATED) <= 0 ? Duration.ZERO : jump;
    }
}
