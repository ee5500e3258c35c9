package dev.listenkeyd.telemetry;

import dev.listenkeyd.encoding.WireWord;
import dev.listenkeyd.lease.EventType;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.util.EnumMap;
import java.util.Map;

/** Counts events by type. Every series exists from the start, at 0. */
@Singleton
public final class EventMeters {
    private final Map<EventType, Counter> events = new EnumMap<>(EventType.class);

    EventMeters(MeterRegistry registry) {
        for (EventType type : EventType.values()) {
            events.put(
                    type,
                    Counter.builder("listenkey.events")
                            .description("Events published, by type")
                            .tag("type", WireWord.of(type))
                            .register(registry));
        }
    }

    /** Called for every event, on the thread where it happened. */
    public void observe(EventType type) {
        Counter counter = events.get(type);
        if (counter != null) {
            counter.increment();
        }
    }
}
