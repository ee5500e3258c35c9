package dev.listenkeyd.notify.sink;

import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * The surroundings of all sinks.
 *
 * @param nanoTime monotonic time
 * @param executor writes the files; it must have a thread for every sink, since a disk that hangs keeps it
 * @param ttl life of a key after a successful call
 */
public record SinkContext(
        InstantSource clock, LongSupplier nanoTime, Executor executor, SinkObserver observer, Duration ttl) {}
