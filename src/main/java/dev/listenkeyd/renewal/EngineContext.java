package dev.listenkeyd.renewal;

import dev.listenkeyd.lease.FleetEvent;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * Clocks, chance, threads and observers of the engine.
 *
 * @param nanoTime monotonic time in nanoseconds
 * @param dice random numbers in [0, 1)
 * @param executor runs attempts, which block
 * @param fleetEvents receives the events that concern all leases, on the thread that caused them
 */
public record EngineContext(
        InstantSource clock,
        LongSupplier nanoTime,
        DoubleSupplier dice,
        Executor executor,
        Consumer<FleetEvent> fleetEvents) {

    /** A copy with another clock and another observer. */
    EngineContext observedBy(InstantSource otherClock, Consumer<FleetEvent> observer) {
        return new EngineContext(otherClock, nanoTime, dice, executor, observer);
    }
}
