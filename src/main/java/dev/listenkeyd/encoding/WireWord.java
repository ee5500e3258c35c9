package dev.listenkeyd.encoding;

import java.util.Locale;

/** Enum constants as the API, the audit and the sandbox write them. */
public final class WireWord {
    private WireWord() {}

    /** {@code TIMED_OUT} becomes {@code timed-out}. */
    public static String of(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
