package dev.listenkeyd.access;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * How long the answer to a wrong token waits: twice as long with each further one from the same address, up to a bound. A
 * valid token never waits, so no caller can lock out another one at its address. The delay slows down programs that retry in
 * a loop; the length of tokens protects against guessing. Thread-safe.
 */
final class TokenFailureBackoff {
    static final Duration FIRST = Duration.ofMillis(100);
    static final Duration LONGEST = Duration.ofSeconds(5);
    /** After this long without a wrong token an address starts again at {@link #FIRST}. */
    static final Duration QUIET = Duration.ofMinutes(1);
    /** Addresses remembered; the one that was quiet the longest makes room. */
    static final int MOST_SOURCES = 1024;

    private final LongSupplier nanoTime;
    private final Map<String, Source> sources = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Source> eldest) {
            return size() > MOST_SOURCES;
        }
    };

    private record Source(long lastNanos, Duration delay) {}

    /** @param first whether it is the first failure of its address after a quiet time */
    record Step(Duration delay, boolean first) {}

    TokenFailureBackoff(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Notes one more wrong token from this address. */
    synchronized Step failed(String source) {
        long now = nanoTime.getAsLong();
        Source before = sources.get(source);
        if (before == null || now - before.lastNanos() >= QUIET.toNanos()) {
            sources.put(source, new Source(now, FIRST));
            return new Step(FIRST, true);
        }
        Duration longer = before.delay().multipliedBy(2);
        Duration delay = longer.compareTo(LONGEST) < 0 ? longer : LONGEST;
        sources.put(source, new Source(now, delay));
        return new Step(delay, false);
    }

    synchronized int size() {
        return sources.size();
    }
}
