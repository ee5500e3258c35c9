package dev.listenkeyd.policy;

import dev.listenkeyd.encoding.WireWord;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** A stretch of UTC time as on a clock on the wall, not one that begins with the first call. */
public enum Window {
    MINUTE(ChronoUnit.MINUTES),
    HOUR(ChronoUnit.HOURS),
    DAY(ChronoUnit.DAYS);

    private final ChronoUnit unit;

    Window(ChronoUnit unit) {
        this.unit = unit;
    }

    /** As a policy names it. */
    String word() {
        return WireWord.of(this);
    }

    /** First instant of the window that this one is in. */
    Instant start(Instant now) {
        return now.truncatedTo(unit);
    }

    /** First instant of the next window. */
    Instant end(Instant now) {
        return start(now).plus(unit.getDuration());
    }
}
