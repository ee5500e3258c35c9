package dev.listenkeyd.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Makes texts of others fit for a terminal, where control characters would move the cursor or forge lines. */
final class DisplayText {
    /** Control, format (also right to left), half a surrogate, private, unassigned, marks; line and paragraph ends. */
    private static final Pattern UNPRINTABLE =
            Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Cn}\\p{Mn}\\p{Me}\\p{Zl}\\p{Zp}]");

    private static final String CUT = "...";

    /** The longest text of others that is shown. */
    private static final int LONGEST = 2_000;

    private DisplayText() {}

    /** One line without unprintable characters. */
    static String line(String text) {
        return cut(UNPRINTABLE.matcher(cut(text, LONGEST)).replaceAll("?"), LONGEST);
    }

    /** At most that many characters, the last ones dots when something is missing. */
    static String cut(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        int end = most - CUT.length();
        // Half a surrogate pair can't be written as UTF-8.
        return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end) + CUT;
    }

    /** With spaces after it up to that width. */
    static String pad(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.codePointCount(0, text.length())));
    }

    /** Lines of at most that width, broken at spaces; a longer word stays whole, so that it can be copied. */
    static List<String> wrap(String text, int width) {
        List<String> lines = new ArrayList<>();
        StringBuilder current = new StringBuilder();
        for (String word : text.split(" ", -1)) {
            if (!current.isEmpty() && current.length() + 1 + word.length() > width) {
                lines.add(current.toString());
                current.setLength(0);
            }
            current.append(current.isEmpty() ? "" : " ").append(word);
        }
        lines.add(current.toString());
        return lines;
    }
}
