package dev.listenkeyd.secrets;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The columns that hold secrets. The cipher authenticates their names: a secret of a renamed column does not decrypt. */
public enum SecretColumn {
    API_KEY,
    LISTEN_KEY,
    ADOPTED_KEY;

    /** Its name in the table. */
    public String column() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The format filled with the name of each column, joined. */
    public static String each(String format, String between) {
        return Arrays.stream(values())
                .map(column -> format.formatted(column.column()))
                .collect(Collectors.joining(between));
    }
}
