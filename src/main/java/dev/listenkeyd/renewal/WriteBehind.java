package dev.listenkeyd.renewal;

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
 * Rows that follow memory to the disk. At most one write of a row is under way; all changes during it are one more write
 * afterwards, so the backlog never exceeds the number of rows, and the last write always holds the latest state. Nothing
 * blocks. Thread-safe.
 */
public final class WriteBehind<K> {

    /** How long a caller waits for its change to be on disk; an unwritten change that is older means a stalled disk. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    /** Failed writes that are tried again per tick, once the store works. */
    static final int RETRIED_AT_ONCE = 1000;

    /** A caller that wants to know when the row is on disk. */
    private record Waiter(long since, CompletableFuture<Void> written) {}

    private static final class Row {
        private boolean underWay;
        /** When the write under way began. */
        private long since;
        /** Memory has changed since the write under way was started. */
        private boolean changed;
        /** Waiters of the write under way, and of the one after it. */
        private List<Waiter> waiting = new ArrayList<>();

        private List<Waiter> waitingForNext = new ArrayList<>();
    }

    private final Function<K, CompletionStage<Void>> writer;
    private final LongSupplier nanoTime;
    private final Map<K, Row> rows = new LinkedHashMap<>();
    private final Set<K> failed = new LinkedHashSet<>();
    private boolean working = true;

    /** @param writer writes a row as memory has it when it is called */
    WriteBehind(Function<K, CompletionStage<Void>> writer, LongSupplier nanoTime) {
        this.writer = writer;
        this.nanoTime = nanoTime;
    }

    /** Writes the row, which memory holds already. */
    void save(K key) {
        start(key, null);
    }

    /**
     * As {@link #save}.
     *
     * @return completes when memory as it is now is on disk; fails with {@link StoreException} when that fails once, or takes
     *     longer than {@link #PATIENCE}. The row is written all the same as soon as the store allows.
     */
    CompletionStage<Void> saved(K key) {
        Waiter waiter = new Waiter(nanoTime.getAsLong(), new CompletableFuture<>());
        start(key, waiter);
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

    /** Guarded by this object, as all rows are. The order of the map is that in which writes began. */
    private void begin(K key, Row row) {
        rows.remove(key);
        rows.put(key, row);
        row.underWay = true;
        row.since = nanoTime.getAsLong();
    }

    private void write(K key) {
        writer.apply(key).whenComplete((done, failure) -> ended(key, failure == null ? null : causeOf(failure)));
    }

    private void ended(K key, @Nullable Throwable failure) {
        List<Waiter> done;
        boolean again = false;
        synchronized (this) {
            Row row = rows.get(key);
            if (row == null) {
                return;
            }
            done = row.waiting;
            row.waiting = row.waitingForNext;
            row.waitingForNext = new ArrayList<>();
            row.underWay = false;
            working = failure == null;
            if (failure != null) {
                // At the end: a row that fails by itself must not hold up the retries of the others.
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
        for (Waiter waiter : done) {
            if (failure == null) {
                waiter.written().complete(null);
            } else {
                waiter.written().completeExceptionally(failure);
            }
        }
        if (again) {
            write(key);
        }
    }

    /** What a stage has failed with, without the wrapping of the stages that depend on it. */
    public static Throwable causeOf(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof CompletionException && cause != null ? causeOf(cause) : failure;
    }

    /** Tries failed writes again, one while the store fails, and ends the wait of those without patience left. */
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

    private Row row(K key) {
        return rows.computeIfAbsent(key, any -> new Row());
    }

    private static void removeTimedOut(List<Waiter> waiting, long now, List<Waiter> impatient) {
        waiting.removeIf(waiter -> now - waiter.since() >= PATIENCE.toNanos() && impatient.add(waiter));
    }

    /** Whether nothing has failed that was not written since, and no write has been under way for too long. */
    synchronized boolean isWorking() {
        return failed.isEmpty() && !isStalled();
    }

    /** Whether a write has been under way for longer than callers wait. */
    synchronized boolean isStalled() {
        for (Row row : rows.values()) {
            if (row.underWay) {
                return nanoTime.getAsLong() - row.since >= PATIENCE.toNanos();
            }
        }
        return false;
    }

    /** Rows that are not on disk as memory has them. */
    synchronized int backlog() {
        return rows.size();
    }
}
