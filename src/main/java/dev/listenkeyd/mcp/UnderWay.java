package dev.listenkeyd.mcp;

import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.Map;

/**
 * Calls of tools that have begun and not ended, those that wait for a person included: bounded, so that agents leave threads
 * and memory to renewals and to each other. Thread-safe.
 */
@Singleton
final class UnderWay {
    static final int MOST = 64;
    static final int MOST_PER_CLIENT = 8;

    private final Map<String, Integer> byClient = new HashMap<>();
    private int all;

    /** Whether there is room for one more; if so, it must {@link #end}. */
    synchronized boolean begin(String client) {
        int own = byClient.getOrDefault(client, 0);
        if (all >= MOST || own >= MOST_PER_CLIENT) {
            return false;
        }
        byClient.put(client, own + 1);
        all++;
        return true;
    }

    synchronized void end(String client) {
        byClient.computeIfPresent(client, (name, own) -> own == 1 ? null : own - 1);
        all--;
    }
}
