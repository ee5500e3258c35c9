package dev.listenkeyd.audit;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Records entries. All waiting entries share one transaction, so many calls cost few writes. While the store can't be
 * written, entries wait in memory and calls do not wait for them: handing out keys comes first. Thread-safe.
 */
public final class AuditLog {
    /** Entries that wait at the same time; further ones are counted and recorded as one {@link Action#GAP}. */
    public static final int MOST_WAITING = 10_000;

    /** Entries of one transaction. */
    static final int MOST_AT_ONCE = 1000;

    /** How long a call waits for its entry to be on disk. */
    static final Duration PATIENCE = Duration.ofSeconds(2);

    /** How often old rows are pruned when nothing is written. */
    public static final Duration PRUNE_EVERY = Duration.ofMinutes(10);

    private final AuditStore store;
    private final Retention retention;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final Executor writer;
    private final Consumer<AuditEvent> events;

    private final Object lock = new Object();
    private final Deque<Waiting> queue = new ArrayDeque<>();
    private boolean writing;
    private boolean failing;
    private long lost;
    /** Lost entries that no row mentions yet. */
    private long gap;

    private long writtenAt;

    /** End of the chain; null when it must be read from the store first. For the writer's task alone. */
    private @Nullable ChainPosition end;
    /** Rows of a failed write that may be on disk nevertheless. */
    private List<AuditRow> unsure = List.of();

    private volatile boolean checked;
    private volatile long brokenAt;

    /** @param giveUpAt when the call stops waiting */
    private record Waiting(AuditEntry entry, long giveUpAt, CompletableFuture<Void> written) {}

    /**
     * @param nanoTime monotonic time
     * @param writer runs one task at a time; a short delay lets more entries share a transaction
     */
    public AuditLog(
            AuditStore store,
            Retention retention,
            InstantSource clock,
            LongSupplier nanoTime,
            Executor writer,
            Consumer<AuditEvent> events) {
        this.store = store;
        this.retention = retention;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.writer = writer;
        this.events = events;
        this.writtenAt = nanoTime.getAsLong();
    }

    /** Checks all stored rows, as the first task of the writer, so that no renewal waits. To be called once, first. */
    public void open() {
        writeSoon();
    }

    /**
     * Records an entry of this instant.
     *
     * @return completes when the entry is on disk, or the store fails, or {@link #PATIENCE} is over; never fails
     */
    public CompletionStage<Void> record(String client, Action action, @Nullable String account, String result) {
        AuditEntry entry = new AuditEntry(clock.instant(), client, action, account, result);
        Waiting waiting = new Waiting(entry, nanoTime.getAsLong() + PATIENCE.toNanos(), new CompletableFuture<>());
        synchronized (lock) {
            if (queue.size() >= MOST_WAITING) {
                lost++;
                gap++;
                return CompletableFuture.completedFuture(null);
            }
            queue.add(waiting);
            if (failing) {
                return CompletableFuture.completedFuture(null);
            }
        }
        writeSoon();
        return waiting.written();
    }

    /** Ends waits that last too long, and retries failed writes. To be called about once a second. */
    public void tick() {
        long now = nanoTime.getAsLong();
        List<Waiting> impatient;
        boolean due;
        synchronized (lock) {
            impatient = queue.stream()
                    .filter(waiting -> now - waiting.giveUpAt() >= 0)
                    .toList();
            due = !queue.isEmpty() || now - writtenAt >= PRUNE_EVERY.toNanos();
        }
        if (impatient.stream().anyMatch(waiting -> !waiting.written().isDone())) {
            fail(new AuditStore.Unavailable("a write takes longer than " + PATIENCE.toSeconds() + " s", null));
        }
        if (due) {
            writeSoon();
        }
    }

    /**
     * Rows by number, from the one after {@code after}, checked.
     *
     * @throws AuditStore.Unavailable when they can't be read now
     */
    public AuditStore.Page read(long after, int most) {
        AuditStore.Page page = store.page(after, most);
        boolean complete =
                page.rows().size() < most && after <= page.chain().head().seq();
        ChainCheck.page(page, complete).ifPresent(this::foundBroken);
        return page;
    }

    /** Number of the first row found not to fit, or missing. */
    public OptionalLong brokenAt() {
        return brokenAt == 0 ? OptionalLong.empty() : OptionalLong.of(brokenAt);
    }

    /** Whether all rows were checked at the start, and none was found broken then or since. */
    public boolean intact() {
        return checked && brokenAt == 0;
    }

    /** Entries that are not on disk yet. */
    public int waiting() {
        synchronized (lock) {
            return queue.size();
        }
    }

    /** Entries of this process that could not be kept. */
    public long lost() {
        synchronized (lock) {
            return lost;
        }
    }

    private void writeSoon() {
        synchronized (lock) {
            if (writing) {
                return;
            }
            writing = true;
        }
        try {
            writer.execute(this::write);
        } catch (RejectedExecutionException e) {
            synchronized (lock) {
                writing = false;
            }
            fail(new AuditStore.Unavailable("the process is going down", e));
        }
    }

    private void write() {
        boolean more = false;
        try {
            more = writeSome(end == null ? load() : end);
        } catch (RuntimeException | Error e) {
            // The next round reads the end of the chain from the store.
            end = null;
            fail(e);
        }
        synchronized (lock) {
            writing = false;
            more = !failing && (more || !queue.isEmpty());
        }
        if (more) {
            writeSoon();
        }
    }

    /** Returns whether there is more to be pruned. */
    private boolean writeSome(ChainPosition after) {
        ChainPosition last = after;
        List<AuditRow> rows = new ArrayList<>();
        for (AuditEntry entry : first()) {
            rows.add(AuditRow.after(last, entry));
            last = rows.get(rows.size() - 1).link();
        }
        unsure = rows;
        boolean more = store.append(rows, retention.at(clock.instant()));
        unsure = List.of();
        end = last;
        written(rows.size());
        return more;
    }

    private List<AuditEntry> first() {
        synchronized (lock) {
            return queue.stream().limit(MOST_AT_ONCE).map(Waiting::entry).toList();
        }
    }

    /** Removes the first entries of the queue, which are on disk. */
    private void written(int count) {
        List<Waiting> done = new ArrayList<>();
        boolean recovered;
        synchronized (lock) {
            for (int i = 0; i < count; i++) {
                done.add(queue.remove());
            }
            if (gap > 0 && queue.size() < MOST_WAITING) {
                // Now: entries recorded from now on come after the gap.
                String result = gap + " entries could not be kept";
                AuditEntry entry = new AuditEntry(clock.instant(), AuditEntry.DAEMON, Action.GAP, null, result);
                queue.add(new Waiting(entry, nanoTime.getAsLong() + PATIENCE.toNanos(), new CompletableFuture<>()));
                gap = 0;
            }
            recovered = failing;
            failing = false;
            writtenAt = nanoTime.getAsLong();
        }
        if (recovered) {
            events.accept(new AuditEvent.WrittenAgain());
        }
        done.forEach(waiting -> waiting.written().complete(null));
    }

    private void fail(Throwable why) {
        List<Waiting> released;
        boolean first;
        synchronized (lock) {
            first = !failing;
            failing = true;
            released = List.copyOf(queue);
        }
        if (first) {
            events.accept(new AuditEvent.Unwritten(String.valueOf(why.getMessage())));
        }
        released.forEach(waiting -> waiting.written().complete(null));
    }

    private ChainPosition load() {
        if (!checked) {
            OptionalLong broken = ChainCheck.all(store).brokenAt();
            checked = true;
            ChainPosition head = store.chain().head();
            broken.ifPresentOrElse(this::foundBroken, () -> events.accept(new AuditEvent.Intact(head)));
        }
        ChainPosition found = store.chain().end();
        if (!unsure.isEmpty() && unsure.get(unsure.size() - 1).link().equals(found)) {
            // The write that failed is on disk nevertheless.
            written(unsure.size());
        }
        unsure = List.of();
        end = found;
        return found;
    }

    synchronized void foundBroken(long seq) {
        if (brokenAt == 0 || seq < brokenAt) {
            brokenAt = seq;
            events.accept(new AuditEvent.Broken(seq));
        }
    }
}
