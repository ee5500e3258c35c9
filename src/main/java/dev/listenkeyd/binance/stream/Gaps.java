package dev.listenkeyd.binance.stream;

import java.time.Duration;

/** The shortest times between two connections and between two questions. Not thread-safe. */
final class Gaps {
    /**
     * Between two connections of any accounts. The exchange allows 300 attempts in 5 minutes: this makes at most 298 of any 5
     * minutes, since an attempt at either end counts.
     */
    static final Duration CONNECTION = Duration.ofMillis(1010);

    /** The largest gap between two attempts to connect for one account. */
    static final Duration RECONNECT_MAX = Duration.ofMinutes(1);

    /** The largest gap between two questions for one account whose stream raises false alarms. */
    static final Duration QUESTION_MAX = Duration.ofMinutes(10);

    private static final Duration RECONNECT_MIN = Duration.ofSeconds(1);
    private static final int MAX_DOUBLINGS = 20;

    private boolean any;
    private long last;

    /** Whether a connection may begin now, which then counts as begun. */
    boolean tryConnect(long now) {
        if (any && now - last < CONNECTION.toNanos()) {
            return false;
        }
        any = true;
        last = now;
        return true;
    }

    /**
     * @param failures in a row, at least 1
     * @param chance in [0, 1)
     */
    static Duration reconnect(int failures, double chance) {
        Duration longest = doubled(RECONNECT_MIN, failures - 1, RECONNECT_MAX);
        return Duration.ofMillis((long) (longest.toMillis() * (0.5 + chance / 2)));
    }

    /**
     * @param least the shortest gap
     * @param inVain questions since the key is in force that did not end the suspicion
     */
    static Duration question(Duration least, int inVain) {
        return doubled(least, inVain, least.compareTo(QUESTION_MAX) > 0 ? least : QUESTION_MAX);
    }

    private static Duration doubled(Duration least, int times, Duration most) {
        if (times >= MAX_DOUBLINGS) {
            return most;
        }
        Duration gap = least.multipliedBy(1L << times);
        return gap.compareTo(most) > 0 ? most : gap;
    }
}
