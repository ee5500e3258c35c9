package dev.listenkeyd.renewal;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Records that go to the disk together with the lease that caused them, until they are there. A row of a lease holds its latest
 * state only, but each of its records is written, however many changes share the row's next write. Thread-safe.
 */
final class UnwrittenRecords<R> {
    private final Comparator<R> order;
    private final int most;
    /** Each record by itself: a newer one takes the place of the equal one in this order. */
    private final Map<String, NavigableMap<R, R>> byAccount = new HashMap<>();

    /**
     * @param order from the oldest to the newest; a record takes the place of its equal
     * @param most records of one account that wait at the same time, as when a disk fails for days; the oldest ones go
     */
    UnwrittenRecords(Comparator<R> order, int most) {
        this.order = order;
        this.most = most;
    }

    /** Adds a record, or puts it in the place of its equal. */
    synchronized void add(String account, R newest) {
        NavigableMap<R, R> waiting = byAccount.computeIfAbsent(account, any -> new TreeMap<>(order));
        waiting.put(newest, newest);
        if (waiting.size() > most) {
            waiting.pollFirstEntry();
        }
    }

    /** The account's records, oldest first. */
    synchronized List<R> of(String account) {
        NavigableMap<R, R> waiting = byAccount.get(account);
        return waiting == null ? List.of() : List.copyOf(waiting.values());
    }

    /** Forgets records that are on disk, but for those that have changed since. */
    synchronized void written(String account, List<R> onDisk) {
        NavigableMap<R, R> waiting = byAccount.get(account);
        if (waiting != null) {
            onDisk.forEach(one -> waiting.remove(one, one));
            if (waiting.isEmpty()) {
                byAccount.remove(account);
            }
        }
    }
}
