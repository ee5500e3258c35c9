package dev.listenkeyd.binance;

import java.util.regex.Pattern;

/** Texts of the exchange and the network, fit for a log line: one line, bounded, nothing that looks like a key. */
final class Printable {
    private static final int MAX_LENGTH = 200;
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cc}\\p{Cs}\\p{Cf}\\p{Zl}\\p{Zp}]+");
    /** Binance's API keys and listen keys have 64 characters; no word of a message has 32. */
    private static final Pattern KEY_LIKE = Pattern.compile("[A-Za-z0-9_-]{32,}");

    private Printable() {}

    static String of(String text) {
        String line =
                KEY_LIKE.matcher(UNPRINTABLE.matcher(text).replaceAll(" ")).replaceAll("***");
        return line.length() <= MAX_LENGTH ? line : line.substring(0, MAX_LENGTH) + "...";
    }
}
