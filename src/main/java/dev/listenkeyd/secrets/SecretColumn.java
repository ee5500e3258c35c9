package dev.listenkeyd.secrets;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The columns that hold secrets. Their names are part of what is authenticated: a renamed one would not decrypt. */
public enum SecretColumn {
    API_KEY,
    LISTEN_KEY,
    ADOPTED_KEY;

    /** As in the table. */
    public String column() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** This text for each of them, with its name where the format has a place for it. */
    public static String each(String format, String between) {
        return Arrays.stream(values())
                .map(column -> format.formatted(column.column()))
                .collect(Collectors.joining(between));
    }
}
