package dev.listenkeyd.view;

import org.jspecify.annotations.Nullable;

/** Lengths of time, as JSON shows them. */
final class Seconds {
    private Seconds() {}

    /** To the millisecond; null for a time that never ends. */
    static @Nullable Double of(double seconds) {
        return Double.isInfinite(seconds) ? null : Math.round(seconds * 1e3) / 1e3;
    }
}
