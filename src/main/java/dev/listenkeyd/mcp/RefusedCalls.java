package dev.listenkeyd.mcp;

import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * Which calls that were denied, or not understood, get a row of the audit: the first ones of a client in a minute, so that an
 * agent that makes them in a loop does not push out what others did. Thread-safe.
 */
@Singleton
final class RefusedCalls {
    static final int MOST_PER_PERIOD = 10;
    private static final long PERIOD = Duration.ofMinutes(1).toNanos();

    private final LongSupplier nanoTime;
    /** As many as there are clients. */
    private final Map<String, Recent> byClient = new HashMap<>();

    private static final class Recent {
        private long since;
        private int told;
        private long leftOut;
    }

    /** @param nanoTime monotonic time */
    RefusedCalls(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** How many were left out before this one; empty when this one is left out, too. */
    synchronized OptionalLong leftOutBefore(String client) {
        long now = nanoTime.getAsLong();
        Recent recent = byClient.computeIfAbsent(client, name -> new Recent());
        if (recent.told == 0 || now - recent.since >= PERIOD) {
            recent.since = now;
            recent.told = 0;
        }
        if (recent.told == MOST_PER_PERIOD) {
            recent.leftOut++;
            return OptionalLong.empty();
        }
        recent.told++;
        long leftOut = recent.leftOut;
        recent.leftOut = 0;
        return OptionalLong.of(leftOut);
    }
}
