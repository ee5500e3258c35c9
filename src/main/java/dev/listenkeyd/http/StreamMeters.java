package dev.listenkeyd.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import java.util.stream.LongStream;

/** Measures how fast events reach subscribers, and counts the subscribers that do not read. */
@Singleton
public final class StreamMeters {
    private static final long[] BUCKETS_MILLIS = {1, 5, 10, 25, 50, 100, 250, 500, 1000, 5000, 30_000};

    private final MeterRegistry registry;
    private final InstantSource clock;
    private final Timer delivery;
    private final Counter overruns;

    StreamMeters(MeterRegistry registry, InstantSource clock) {
        this.registry = registry;
        this.clock = clock;
        this.delivery = Timer.builder("listenkey.event.delivery")
                .description("From a change to the moment at which a subscriber's connection has taken its event")
                .serviceLevelObjectives(LongStream.of(BUCKETS_MILLIS)
                        .mapToObj(Duration::ofMillis)
                        .toArray(Duration[]::new))
                .register(registry);
        this.overruns = Counter.builder("listenkey.subscriber.overruns")
                .description("Event streams that were ended because their subscriber did not read")
                .register(registry);
    }

    /** Shows the number of open streams. */
    void count(Set<?> open) {
        Gauge.builder("listenkey.subscribers", open, Set::size)
                .description("Open streams of events")
                .register(registry);
    }

    /** A connection has taken the event of a change. */
    void onDelivered(Instant changedAt) {
        Duration after = Duration.between(changedAt, clock.instant());
        // The clock may have been set back meanwhile.
        delivery.record(after.isNegative() ? Duration.ZERO : after);
    }

    void onOverrun() {
        overruns.increment();
    }
}
