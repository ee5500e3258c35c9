package dev.listenkeyd.forecast;

import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.LossCause;
import java.time.Duration;
import java.time.Instant;

/** Texts for people. */
public final class Descriptions {
    private Descriptions() {}

    public static String of(Reason reason) {
        return switch (reason) {
            case UNREACHABLE -> "no usable reply came";
            case THROTTLED -> "this machine's address has passed the exchange's limit";
            case BANNED -> "the exchange has banned this machine's address";
            case BLOCKED -> "a firewall of the exchange blocks this machine's address";
            case CREDENTIALS_REFUSED -> "the exchange does not accept the API key of this account";
            case NO_ACTIVE_KEY -> "the exchange knows no active listen key of this account";
            case BAD_REQUEST -> "the exchange calls the request malformed";
            case GARBLED -> "the reply is not what the exchange documents";
            case GONE -> "the exchange has nothing at the address that was called";
            case BUDGET -> "no call was made, since the weight budget left no room";
        };
    }

    public static String of(LossCause cause) {
        return switch (cause) {
            case EXPIRED -> "its deadline passed without a successful call";
            case CLOSED_ELSEWHERE -> "before its deadline the exchange said that it is gone, or named another key";
        };
    }

    /** The remedy for a failure; empty when there is nothing to do but wait. */
    public static String remedy(Reason reason) {
        return switch (reason) {
            case CREDENTIALS_REFUSED -> "Give the account an API key that the exchange accepts.";
            case BAD_REQUEST ->
                "See whether the API key is complete, and whether there is a newer version of the daemon.";
            case GONE ->
                "Check the configured address of the exchange, and whether there is a newer version of the daemon.";
            case THROTTLED, BANNED ->
                "Find the other program behind this machine's address that calls the exchange too often, and stop it.";
            case BLOCKED ->
                "See whether the exchange serves this machine's address and region at all; if not, run the daemon behind"
                        + " another address.";
            case UNREACHABLE, NO_ACTIVE_KEY, GARBLED, BUDGET -> "";
        };
    }

    public static String when(Instant at, Instant now) {
        return at
                + (at.isAfter(now)
                        ? " (in " + of(Duration.between(now, at))
                        : " (" + of(Duration.between(at, now)) + " ago")
                + ")";
    }

    /** The duration in its two largest units. */
    public static String of(Duration duration) {
        long seconds = duration.toSeconds();
        if (seconds < 60) {
            return seconds + " s";
        }
        return seconds < 3600
                ? joined(seconds / 60, "min", seconds % 60, "s")
                : joined(seconds / 3600, "h", seconds % 3600 / 60, "min");
    }

    public static String counted(int number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }

    private static String joined(long large, String unit, long small, String smallUnit) {
        return large + " " + unit + (small == 0 ? "" : " " + small + " " + smallUnit);
    }
}
