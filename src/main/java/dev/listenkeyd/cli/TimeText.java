package dev.listenkeyd.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;

/** Instants and spans of time for people. */
final class TimeText {
    static final String NONE = "-";

    private final InstantSource clock;

    TimeText(InstantSource clock) {
        this.clock = clock;
    }

    /** Such as {@code in 34 min (2026-11-29T21:44:42Z)}; {@link #NONE} for none. */
    String of(JsonNode member) {
        if (!member.isTextual()) {
            return NONE;
        }
        try {
            Instant instant = Instant.parse(member.textValue());
            return distance(Duration.between(clock.instant(), instant)) + " (" + seconds(instant) + ")";
        } catch (DateTimeException | ArithmeticException e) {
            return member.textValue();
        }
    }

    /** The instant alone. */
    static String instant(JsonNode member) {
        try {
            return member.isTextual() ? seconds(Instant.parse(member.textValue())) : NONE;
        } catch (DateTimeException e) {
            return member.asText();
        }
    }

    private static String seconds(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private static String distance(Duration ahead) {
        return ahead.isNegative() ? span(ahead.negated()) + " ago" : "in " + span(ahead);
    }

    /** Rounded down, so that no deadline looks later than it is: 89 s, 89 min, 35 h, 2 d. */
    static String span(Duration time) {
        if (time.toSeconds() < 90) {
            return time.toSeconds() + " s";
        }
        if (time.toMinutes() < 90) {
            return time.toMinutes() + " min";
        }
        return time.toHours() < 36 ? time.toHours() + " h" : time.toDays() + " d";
    }
}
