package dev.listenkeyd.binance;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Computes until when no call may leave this IP. */
final class RetryAfter {
    /** The documented range of bans. */
    private static final Duration SHORTEST_BAN = Duration.ofMinutes(2);

    private static final Duration LONGEST_BAN = Duration.ofDays(3);
    /** A firewall names no end; it lets calls through again after minutes. */
    private static final Duration BLOCK = Duration.ofMinutes(2);
    /** The longest pause that a limit or a firewall can ask for: one header must not cost a key. */
    private static final Duration LONGEST_UNLESS_BANNED = Duration.ofMinutes(10);
    /** Clocks differ: a call just before the end of a pause might lengthen it. */
    private static final Duration A_LITTLE = Duration.ofSeconds(1);

    /** Epoch milliseconds: {@code IP banned until 1544570770441}. */
    private static final Pattern BANNED_UNTIL = Pattern.compile("(?i)banned until (\\d{1,16})");

    private static final Pattern SECONDS = Pattern.compile("\\d{1,9}");

    private RetryAfter() {}

    /** End of a pause for weight: Retry-After, else the next minute, when the exchange counts anew; and a little. */
    static Instant afterLimit(Reply reply, Instant now) {
        Instant end = retryAfter(reply, now);
        Instant nextMinute = now.truncatedTo(ChronoUnit.MINUTES).plus(1, ChronoUnit.MINUTES);
        return earliest((end == null ? nextMinute : end).plus(A_LITTLE), now.plus(LONGEST_UNLESS_BANNED));
    }

    /** End of a ban: the later one of Retry-After and the end that the exchange names, and a little. */
    static Instant afterBan(Reply reply, @Nullable Instant banEnd, Instant now) {
        Instant named = latest(banEnd, retryAfter(reply, now));
        Instant end = named != null && named.isAfter(now) ? named : now.plus(SHORTEST_BAN);
        return earliest(end.plus(A_LITTLE), now.plus(LONGEST_BAN));
    }

    static Instant afterBlock(Reply reply, Instant now) {
        Instant end = retryAfter(reply, now);
        Instant least = now.plus(BLOCK);
        return end == null || end.isBefore(least)
                ? least
                : earliest(end.plus(A_LITTLE), now.plus(LONGEST_UNLESS_BANNED));
    }

    /** The end of a ban as the message names it; null when it names none. */
    static @Nullable Instant banEnd(String message) {
        Matcher matcher = BANNED_UNTIL.matcher(message);
        return matcher.find() ? Instant.ofEpochMilli(Long.parseLong(matcher.group(1))) : null;
    }

    private static @Nullable Instant retryAfter(Reply reply, Instant now) {
        String value = reply.header("retry-after");
        if (value == null) {
            return null;
        }
        if (SECONDS.matcher(value.strip()).matches()) {
            return now.plusSeconds(Long.parseLong(value.strip()));
        }
        try {
            return ZonedDateTime.parse(value.strip(), DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static Instant earliest(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
    }

    private static @Nullable Instant latest(@Nullable Instant a, @Nullable Instant b) {
        if (a == null || b == null) {
            return a == null ? b : a;
        }
        return a.isAfter(b) ? a : b;
    }
}
