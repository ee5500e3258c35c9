package dev.listenkeyd.renewal;

import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.FleetEvent.ClockJumped;
import dev.listenkeyd.lease.FleetEvent.LoopStalled;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Compares the wall clock with the monotonic one, to detect that it was set, or that the machine or the process slept.
 * Thread-safe.
 */
final class ClockWatch {

    /** Smaller differences are caused by NTP or a busy machine. */
    static final Duration TOLERATED = Duration.ofSeconds(2);

    /** The loop ticks every second; a longer gap than this is a stall. */
    static final Duration STALL = Duration.ofSeconds(5);

    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private Instant lastInstant;
    private long lastNanos;
    private long lastTick;

    ClockWatch(InstantSource clock, LongSupplier nanoTime) {
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.lastInstant = clock.instant();
        this.lastNanos = nanoTime.getAsLong();
        this.lastTick = lastNanos;
    }

    /** The events since the last poll; poll once a second. */
    synchronized List<FleetEvent> poll() {
        long nanos = nanoTime.getAsLong();
        Duration passed = Duration.ofNanos(nanos - lastTick);
        lastTick = nanos;
        List<FleetEvent> events = new ArrayList<>();
        if (passed.compareTo(STALL) >= 0) {
            events.add(new LoopStalled(passed));
        }
        events.addAll(jumped());
        return events;
    }

    /** The jump of the wall clock since the last call, if any. Also called before a reply is applied. */
    synchronized List<FleetEvent> jumped() {
        Instant instant = clock.instant();
        long nanos = nanoTime.getAsLong();
        Duration jump = Duration.between(lastInstant, instant).minusNanos(nanos - lastNanos);
        lastInstant = instant;
        lastNanos = nanos;
        return jump.abs().compareTo(TOLERATED) > 0 ? List.of(new ClockJumped(jump)) : List.of();
    }
}
