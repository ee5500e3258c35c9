package dev.listenkeyd.budget;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The limits that the operator sets.
 *
 * @param weight most weight that may leave in any window
 * @param headroom share of the exchange's own limit that is left to others on this IP, in [0, 1)
 */
public record Budget(int weight, Duration window, double headroom) {
    /** @throws IllegalArgumentException naming everything that is wrong with the numbers */
    public Budget {
        List<String> wrong = violations(weight, window, headroom);
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", wrong));
        }
    }

    /** All violations, as sentences; empty for a valid budget. */
    public static List<String> violations(int weight, Duration window, double headroom) {
        List<String> wrong = new ArrayList<>();
        if (weight < 1) {
            wrong.add("budget.weight must be at least 1");
        }
        if (window.compareTo(Duration.ofSeconds(1)) < 0) {
            wrong.add("budget.window must be at least 1s");
        }
        if (!(headroom >= 0 && headroom < 1)) {
            wrong.add("budget.headroom must be at least 0 and below 1");
        }
        return wrong;
    }
}
