package dev.listenkeyd.renewal;

import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;

/**
 * What the core does not decide itself.
 *
 * @param dice draws in [0, 1)
 * @param executor runs attempts, each as plain blocking code
 * @param events told of all that happens, on the thread where it happened
 */
public record Surroundings(
        InstantSource clock, DoubleSupplier dice, Executor executor, Consumer<RenewalEvent> events) {}
