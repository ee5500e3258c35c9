package dev.listenkeyd.renewal;

import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.RenewalEvent;
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
 * @param events receives the events of leases, on the thread that caused them
 * @param fleetEvents receives the events that concern all leases, likewise
 */
public record EngineContext(
        InstantSource clock,
        LongSupplier nanoTime,
        DoubleSupplier dice,
        Executor executor,
        Consumer<RenewalEvent> events,
        Consumer<FleetEvent> fleetEvents) {

    /** A copy with another clock and other observers. */
    EngineContext observedBy(InstantSource other, Consumer<RenewalEvent> others, Consumer<FleetEvent> fleetOthers) {
        return new EngineContext(other, nanoTime, dice, executor, others, fleetOthers);
    }
}
