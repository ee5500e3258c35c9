package dev.listenkeyd.binance;

import java.time.Duration;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The weight that this IP has used, other programs included, as {@code X-MBX-USED-WEIGHT-<n><s|m|h|d>} tells it.
 *
 * @param windowEnds when the exchange counts anew; its windows are aligned to the epoch
 */
record UsedWeight(int weight, Instant windowEnds) {
    private static final Pattern HEADER = Pattern.compile("x-mbx-used-weight-(\\d{1,4})([smhd])");
    private static final Pattern WEIGHT = Pattern.compile("\\d{1,9}");

    /** The count for windows of this length, null when the reply has none. */
    static @Nullable UsedWeight of(Reply reply, Duration window, Instant now) {
        for (String name : reply.headers().keySet()) {
            Matcher matcher = HEADER.matcher(name);
            if (matcher.matches() && window.equals(interval(matcher))) {
                String value = reply.header(name);
                return value != null && WEIGHT.matcher(value).matches()
                        ? new UsedWeight(Integer.parseInt(value), windowEnd(window, now))
                        : null;
            }
        }
        return null;
    }

    private static Duration interval(Matcher matcher) {
        long count = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
    }

    private static Instant windowEnd(Duration window, Instant now) {
        long millis = window.toMillis();
        return Instant.ofEpochMilli((now.toEpochMilli() / millis + 1) * millis);
    }
}
