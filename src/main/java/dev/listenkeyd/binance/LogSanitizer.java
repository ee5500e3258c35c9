package dev.listenkeyd.binance;

import dev.listenkeyd.lease.Secret;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;

/** Makes texts of the exchange and the network fit for the log: one bounded line, without anything that looks like a key. */
final class LogSanitizer {
    private static final int MAX_LENGTH = 200;
    /** Control, half a surrogate, invisible, private, unassigned; line and paragraph ends. */
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cc}\\p{Cs}\\p{Cf}\\p{Co}\\p{Cn}\\p{Zl}\\p{Zp}]+");
    /**
     * Binance's API keys and listen keys have 64 characters; no word of a message has 32, but for the name of an exception
     * of Java, as in InvalidAlgorithmParameterException.
     */
    private static final Pattern KEY_LIKE =
            Pattern.compile("(?![A-Za-z]{1,50}(?:Exception|Error)(?![A-Za-z0-9_-]))[A-Za-z0-9_-]{32,}");

    private static final String MASK = "***";

    /** Shorter secrets would be found in ordinary words. */
    private static final int SHORTEST_KEY = 6;

    private LogSanitizer() {}

    static String of(String text) {
        return of(text, List.of());
    }

    /** @param secrets that the peer knows and may repeat; always masked */
    static String of(String text, Collection<Secret> secrets) {
        String line = UNPRINTABLE.matcher(text).replaceAll(" ");
        for (Secret secret : secrets) {
            if (secret.reveal().length() >= SHORTEST_KEY) {
                line = Pattern.compile(secret.reveal(), Pattern.LITERAL | Pattern.CASE_INSENSITIVE)
                        .matcher(line)
                        .replaceAll(MASK);
            }
        }
        return cut(KEY_LIKE.matcher(line).replaceAll(MASK));
    }

    private static String cut(String line) {
        if (line.length() <= MAX_LENGTH) {
            return line;
        }
        // Half a surrogate pair can't be written as UTF-8.
        int end = Character.isHighSurrogate(line.charAt(MAX_LENGTH - 1)) ? MAX_LENGTH - 1 : MAX_LENGTH;
        return line.substring(0, end) + "...";
    }
}
