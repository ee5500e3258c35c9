package dev.listenkeyd.access;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * How long the answer to a wrong token waits: longer with every one from the same address, up to a bound, forgotten when
 * the address has been quiet. A right token never waits, whatever came from its address before: nobody can lock out
 * somebody else. So this tames a program that tries and tries again; against guessing stands the length of tokens.
 * Thread-safe.
 */
final class TokenFailureBackoff {
    static final Duration FIRST = Duration.ofMillis(100);
    static final Duration LONGEST = Duration.ofSeconds(5);
    /** After this long without a wrong token an address starts anew. */
    static final Duration QUIET = Duration.ofMinutes(1);
    /** The address that was quiet the longest makes room. */
    static final int MOST_SOURCES = 1024;

    private final LongSupplier nanos;
    private final Map<String, Source> sources = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Source> eldest) {
            return size() > MOST_SOURCES;
        }
    };

    private record Source(long lastNanos, Duration delay) {}

    /** @param first of its address since that was quiet */
    record Turn(Duration delay, boolean first) {}

    TokenFailureBackoff(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** One more wrong token from this address. */
    synchronized Turn wrong(String source) {
        long now = nanos.getAsLong();
        Source before = sources.get(source);
        if (before == null || now - before.lastNanos() >= QUIET.toNanos()) {
            sources.put(source, new Source(now, FIRST));
            return new Turn(FIRST, true);
        }
        Duration longer = before.delay().multipliedBy(2);
        Duration delay = longer.compareTo(LONGEST) < 0 ? longer : LONGEST;
        sources.put(source, new Source(now, delay));
        return new Turn(delay, false);
    }

    synchronized int size() {
        return sources.size();
    }
}
