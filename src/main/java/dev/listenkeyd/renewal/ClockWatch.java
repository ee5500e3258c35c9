package dev.listenkeyd.renewal;

import dev.listenkeyd.renewal.FleetEvent.ClockJumped;
import dev.listenkeyd.renewal.FleetEvent.LoopStalled;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/** Compares the wall clock with the monotonic one, to notice when it is set, or when machine or process were asleep. */
final class ClockWatch {

    /** What NTP smooths out and a busy machine delays is no jump. */
    static final Duration TOLERATED = Duration.ofSeconds(2);

    /** A loop that ticks every second and was still for this long was held up. */
    static final Duration STALL = Duration.ofSeconds(5);

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

    /** What has happened to the time since this was asked last; to be asked once a second. */
    List<FleetEvent> look() {
        Instant instant = clock.instant();
        long nanos = nanoTime.getAsLong();
        Duration passed = Duration.ofNanos(nanos - lastNanos);
        Duration jump = Duration.between(lastInstant, instant).minus(passed);
        lastInstant = instant;
        lastNanos = nanos;
        List<FleetEvent> events = new ArrayList<>();
        if (passed.compareTo(STALL) >= 0) {
            events.add(new LoopStalled(passed));
        }
        if (jump.abs().compareTo(TOLERATED) > 0) {
            events.add(new ClockJumped(jump));
        }
        return events;
    }
}
