package dev.listenkeyd.fleet;

import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * Time and threads of a member.
 *
 * @param nanoTime monotonic time in nanoseconds
 * @param thread runs one task after the other
 * @param ttl how long a membership lasts after a beat
 */
public record FleetContext(InstantSource clock, LongSupplier nanoTime, Executor thread, Duration ttl) {}
