package dev.listenkeyd.audit;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * How many rows are kept.
 *
 * @param maxAge older rows are pruned
 * @param maxRows of more rows the oldest are pruned
 */
public record Retention(Duration maxAge, int maxRows) {
    private static final Duration LONGEST = Duration.ofDays(36_500);

    /** Every start reads them all. */
    private static final int MOST_ROWS = 1_000_000;

    /** Violations as sentences; none for valid values. */
    public static List<String> violations(Duration maxAge, int maxRows) {
        List<String> wrong = new ArrayList<>();
        if (maxAge.compareTo(Duration.ofHours(1)) < 0 || maxAge.compareTo(LONGEST) > 0) {
            wrong.add("audit.max-age must be from 1h to " + LONGEST.toDays() + " days");
        }
        if (maxRows < 1 || maxRows > MOST_ROWS) {
            wrong.add("audit.max-rows must be from 1 to " + MOST_ROWS);
        }
        return wrong;
    }

    /** Rows before {@code oldest} are pruned, and all but the newest {@code maxRows}. */
    public record Bounds(Instant oldest, int maxRows) {}

    Bounds at(Instant now) {
        return new Bounds(now.minus(maxAge), maxRows);
    }
}
