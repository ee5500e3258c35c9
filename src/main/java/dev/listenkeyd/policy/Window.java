package dev.listenkeyd.policy;

import dev.listenkeyd.encoding.WireWord;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** A fixed window of UTC time, such as from 12:00 to 13:00; it does not begin with the first call. */
public enum Window {
    MINUTE(ChronoUnit.MINUTES),
    HOUR(ChronoUnit.HOURS),
    DAY(ChronoUnit.DAYS);

    private final ChronoUnit unit;

    Window(ChronoUnit unit) {
        this.unit = unit;
    }

    /** As a policy names it. */
    public String word() {
        return WireWord.of(this);
    }

    /** First instant of the window that holds this instant. */
    Instant start(Instant now) {
        return now.truncatedTo(unit);
    }

    /** First instant of the next window. */
    Instant end(Instant now) {
        return start(now).plus(unit.getDuration());
    }
}
