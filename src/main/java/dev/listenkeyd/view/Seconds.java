package dev.listenkeyd.view;

import org.jspecify.annotations.Nullable;

/** Durations as JSON shows them. */
final class Seconds {
    private Seconds() {}

    /** To the millisecond; null for infinity. */
    static @Nullable Double of(double seconds) {
        return Double.isInfinite(seconds) ? null : Math.round(seconds * 1e3) / 1e3;
    }
}
