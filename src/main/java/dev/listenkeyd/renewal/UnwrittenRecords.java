package dev.listenkeyd.renewal;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * Records that go to the disk together with the lease that caused them, until they are there. A row of a lease holds its latest
 * state only, but each of its records is written, however many changes share the row's next write. Thread-safe.
 */
final class UnwrittenRecords<R> {
    /** Records of one account that wait at the same time, as when a disk fails for days; the oldest ones go. */
    static final int MOST = 1000;

    private final ToLongFunction<R> numberOf;
    private final Map<String, NavigableMap<Long, R>> byAccount = new HashMap<>();

    /** @param numberOf the number of a record, which grows from one of an account to its next */
    UnwrittenRecords(ToLongFunction<R> numberOf) {
        this.numberOf = numberOf;
    }

    /** Adds a record, or puts it in the place of the one with its number. */
    synchronized void add(String account, R newest) {
        NavigableMap<Long, R> waiting = byAccount.computeIfAbsent(account, any -> new TreeMap<>());
        waiting.put(numberOf.applyAsLong(newest), newest);
        if (waiting.size() > MOST) {
            waiting.pollFirstEntry();
        }
    }

    /** The account's records, oldest first. */
    synchronized List<R> of(String account) {
        NavigableMap<Long, R> waiting = byAccount.get(account);
        return waiting == null ? List.of() : List.copyOf(waiting.values());
    }

    /** Forgets records that are on disk, but for those that have changed since. */
    synchronized void written(String account, List<R> onDisk) {
        NavigableMap<Long, R> waiting = byAccount.get(account);
        if (waiting != null) {
            onDisk.forEach(one -> waiting.remove(numberOf.applyAsLong(one), one));
            if (waiting.isEmpty()) {
                byAccount.remove(account);
            }
        }
    }
}
