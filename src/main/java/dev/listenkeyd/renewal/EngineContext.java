package dev.listenkeyd.renewal;

import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.RenewalEvent;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * What the core does not decide itself.
 *
 * @param nanoTime monotonic: no set clock moves it
 * @param dice draws in [0, 1)
 * @param executor runs attempts, each as plain blocking code
 * @param events told of all that happens to one lease, on the thread where it happened
 * @param fleetEvents told of what happens to all at once, likewise
 */
public record EngineContext(
        InstantSource clock,
        LongSupplier nanoTime,
        DoubleSupplier dice,
        Executor executor,
        Consumer<RenewalEvent> events,
        Consumer<FleetEvent> fleetEvents) {

    /** The same by another clock, observed by others. */
    EngineContext observedBy(InstantSource other, Consumer<RenewalEvent> others, Consumer<FleetEvent> fleetOthers) {
        return new EngineContext(other, nanoTime, dice, executor, others, fleetOthers);
    }
}
