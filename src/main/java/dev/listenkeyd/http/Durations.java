package dev.listenkeyd.http;

import io.quarkus.runtime.configuration.DurationConverter;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Durations in requests, written as in the settings. */
final class Durations {
    private Durations() {}

    /** A duration such as {@code 30s} or {@code 2h}, if it lies within these bounds, both included; otherwise null. */
    static @Nullable Duration parse(String raw, Duration shortest, Duration longest) {
        try {
            // Null for a text that is blank to the converter.
            Duration duration = DurationConverter.parseDuration(raw);
            boolean within = duration != null && duration.compareTo(shortest) >= 0 && duration.compareTo(longest) <= 0;
            return within ? duration : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
