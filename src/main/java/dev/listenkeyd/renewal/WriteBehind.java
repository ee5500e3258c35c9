package dev.listenkeyd.renewal;

import dev.listenkeyd.lease.LeaseStore.NotOwnedException;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes rows behind memory. Each row has at most one write in flight; changes during it lead to one more write afterwards. So the backlog never exceeds the number of rows, and the last write holds the latest state. Nothing blocks. Thread-safe.
 */
public final class WriteBehind<K> {

    /** How long a caller waits for the disk. A write that takes longer means a stalled disk. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    /** Failed writes that are retried per tick, once the store works. */
    static final int RETRIED_AT_ONCE = 1000;

    /** A caller that waits for a row to be on disk. */
    private record Waiter(long since, CompletableFuture<Void> written) {}

    private static final class Row {
        private boolean underWay;
        /** When the write in flight began. */
        private long since;
        /** Whether memory has changed since the write in flight began. */
        private boolean changed;
        /** Waiters for the write in flight, and for the one after it. */
        private List<Waiter> waiting = new ArrayList<>();

        private List<Waiter> waitingForNext = new ArrayList<>();
    }

    private final Function<K, CompletionStage<Void>> writer;
    private final Runnable hurry;
    private final LongSupplier nanoTime;
    private final Map<K, Row> rows = new LinkedHashMap<>();
    private final Set<K> failed = new LinkedHashSet<>();
    private boolean working = true;

    /**
     * @param writer writes the row as memory has it at the time of the call
     * @param hurry tells the store that somebody waits for the writes requested so far
     */
    WriteBehind(Function<K, CompletionStage<Void>> writer, Runnable hurry, LongSupplier nanoTime) {
        this.writer = writer;
        this.hurry = hurry;
        this.nanoTime = nanoTime;
    }

    /** Writes the row, which is in memory already. */
    void save(K key) {
        start(key, null);
    }

    /**
     * As {@link #save}.
     *
     * @return completes when the present state is on disk; fails with {@link StoreException} when a write fails, or takes longer than {@link #PATIENCE}. The row is still written as soon as the store works.
     */
    CompletionStage<Void> saved(K key) {
        Waiter waiter = new Waiter(nanoTime.getAsLong(), new CompletableFuture<>());
        start(key, waiter);
        // Also when the row is being written already: the waiter waits for the write after that one.
        hurry.run();
        return waiter.written();
    }

    private void start(K key, @Nullable Waiter waiter) {
        synchronized (this) {
            Row row = row(key);
            if (waiter != null) {
                (row.underWay ? row.waitingForNext : row.waiting).add(waiter);
            }
            if (row.underWay) {
                row.changed = true;
                return;
            }
            begin(key, row);
        }
        write(key);
    }

    /** Rows are guarded by this object. The map is in the order in which writes began. */
    private void begin(K key, Row row) {
        rows.remove(key);
        rows.put(key, row);
        row.underWay = true;
        row.since = nanoTime.getAsLong();
    }

    private void write(K key) {
        CompletionStage<Void> write;
        try {
            write = writer.apply(key);
        } catch (RuntimeException | Error e) {
            // A row that stayed in flight would count as a stalled disk.
            ended(key, e);
            return;
        }
        write.whenComplete((done, failure) -> ended(key, failure == null ? null : causeOf(failure)));
    }

    private void ended(K key, @Nullable Throwable failure) {
        List<Waiter> done;
        boolean again = false;
        boolean awaited;
        synchronized (this) {
            Row row = rows.get(key);
            if (row == null) {
                return;
            }
            done = row.waiting;
            row.waiting = row.waitingForNext;
            awaited = !row.waiting.isEmpty();
            row.waitingForNext = new ArrayList<>();
            row.underWay = false;
            boolean retried = failure != null && !(failure instanceof NotOwnedException);
            working = !retried;
            if (retried) {
                // Moved to the end, so that a row that always fails does not delay the retries of others.
                failed.remove(key);
                failed.add(key);
            } else {
                failed.remove(key);
                again = row.changed;
                rows.remove(key);
                if (again) {
                    begin(key, row);
                }
            }
            row.changed = false;
        }
        done.forEach(waiter -> answer(waiter, failure));
        if (again) {
            write(key);
            if (awaited) {
                hurry.run();
            }
        }
    }

    private static void answer(Waiter waiter, @Nullable Throwable failure) {
        if (failure == null) {
            waiter.written().complete(null);
        } else {
            waiter.written().completeExceptionally(failure);
        }
    }

    /** The cause of a failed stage, without the CompletionExceptions of dependent stages. */
    public static Throwable causeOf(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof CompletionException && cause != null ? causeOf(cause) : failure;
    }

    /** Retries failed writes (only one while the store fails), and fails waiters that have waited too long. */
    void tick() {
        List<K> retried;
        List<Waiter> impatient = new ArrayList<>();
        long now = nanoTime.getAsLong();
        synchronized (this) {
            retried = failed.stream()
                    .filter(key -> !row(key).underWay)
                    .limit(working ? RETRIED_AT_ONCE : 1)
                    .toList();
            retried.forEach(key -> begin(key, row(key)));
            for (Row row : rows.values()) {
                removeTimedOut(row.waiting, now, impatient);
                removeTimedOut(row.waitingForNext, now, impatient);
            }
        }
        retried.forEach(this::write);
        if (!impatient.isEmpty()) {
            StoreException late =
                    new StoreException("the store has not ended a write within " + PATIENCE.toSeconds() + " s", null);
            impatient.forEach(waiter -> waiter.written().completeExceptionally(late));
        }
    }

    /** Whether the row is being written, or waits to be. */
    synchronized boolean isWriting(K key) {
        return rows.containsKey(key);
    }

    private Row row(K key) {
        return rows.computeIfAbsent(key, any -> new Row());
    }

    private static void removeTimedOut(List<Waiter> waiting, long now, List<Waiter> impatient) {
        waiting.removeIf(waiter -> now - waiter.since() >= PATIENCE.toNanos() && impatient.add(waiter));
    }

    /** Whether no write has failed or hangs. */
    synchronized boolean isWorking() {
        return failed.isEmpty() && !isStalled();
    }

    /** Whether a write has been in flight for longer than callers wait. */
    synchronized boolean isStalled() {
        for (Row row : rows.values()) {
            if (row.underWay) {
                return nanoTime.getAsLong() - row.since >= PATIENCE.toNanos();
            }
        }
        return false;
    }

    /** Number of rows that differ between memory and disk. */
    synchronized int backlog() {
        return rows.size();
    }
}
