package dev.listenkeyd.renewal;

import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Leases by their next attempt; hands out due ones in order of urgency, which is their deadline. A lease that is absent
 * is owned by an attempt in flight, or waits for nothing. Not thread-safe: {@link RenewalEngine} guards it.
 */
final class DueQueue {

    /**
     * @param due when the next attempt should start
     * @param urgency by when it wants its turn
     * @param deadline when its key dies, null when it has none
     */
    record Entry(
            String account,
            Instant due,
            Instant urgency,
            @Nullable Instant deadline) {}

    private final Map<String, Entry> entries = new HashMap<>();
    private final TreeSet<Entry> waiting =
            new TreeSet<>(Comparator.comparing(Entry::due).thenComparing(Entry::account));
    private final TreeSet<Entry> due =
            new TreeSet<>(Comparator.comparing(Entry::urgency).thenComparing(Entry::account));
    private final TreeSet<Entry> dying =
            new TreeSet<>(Comparator.comparing(DueQueue::deadlineOf).thenComparing(Entry::account));

    /** Puts the lease in, or moves it. */
    void put(Entry entry) {
        remove(entry.account());
        entries.put(entry.account(), entry);
        waiting.add(entry);
        if (entry.deadline() != null) {
            dying.add(entry);
        }
    }

    @Nullable
    Entry remove(String account) {
        Entry entry = entries.remove(account);
        if (entry != null) {
            waiting.remove(entry);
            due.remove(entry);
            if (entry.deadline() != null) {
                dying.remove(entry);
            }
        }
        return entry;
    }

    /** The most urgent entry that is due, left in place; null when nothing is. */
    @Nullable
    Entry firstDue(Instant now) {
        while (!waiting.isEmpty() && !waiting.first().due().isAfter(now)) {
            due.add(waiting.pollFirst());
        }
        return due.isEmpty() ? null : due.first();
    }

    /** Takes out one entry whose deadline has passed, due or not; null when there is none. */
    @Nullable
    Entry takeExpired(Instant now) {
        if (dying.isEmpty() || deadlineOf(dying.first()).isAfter(now)) {
            return null;
        }
        return remove(dying.first().account());
    }

    int size() {
        return entries.size();
    }

    private static Instant deadlineOf(Entry entry) {
        return entry.deadline() == null ? Instant.MAX : entry.deadline();
    }
}
