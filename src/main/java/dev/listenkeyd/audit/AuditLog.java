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
 * Takes entries and writes them, one transaction for all that wait, so that many calls cost few writes and leave the store
 * to others in between. While it can't write, entries wait in memory and nobody waits for them: handing out keys comes
 * first. Thread-safe.
 */
public final class AuditLog {
    /** Entries that wait at the same time; further ones are counted, and the gap they leave is recorded. */
    public static final int MOST_WAITING = 10_000;

    /** Entries of one transaction. */
    static final int MOST_AT_ONCE = 1000;

    /** How long a call waits for its entry to be on disk. */
    static final Duration PATIENCE = Duration.ofSeconds(2);

    /** How often what is too old is looked for, when nothing is written anyway. */
    static final Duration PRUNE_EVERY = Duration.ofMinutes(10);

    private final AuditStore store;
    private final Retention retention;
    private final InstantSource clock;
    private final LongSupplier nanos;
    private final Executor writer;
    private final Consumer<AuditEvent> events;

    private final Object lock = new Object();
    private final Deque<Waiting> queue = new ArrayDeque<>();
    private boolean writing;
    private boolean troubled;
    private long lost;
    private long gap;
    private long writtenAt;

    /** Known to the one that writes: where the chain ends, null when that must be read first. */
    private @Nullable ChainPosition end;
    /** Rows of a write that failed, but may have been made all the same. */
    private List<AuditRow> unsure = List.of();

    private volatile boolean checked;
    private volatile long brokenAt;

    /** An entry, and who waits for it until when. */
    private record Waiting(AuditEntry entry, long giveUpAt, CompletableFuture<Void> written) {}

    /**
     * @param nanos monotonic time
     * @param writer runs one task at a time; a little later rather than at once, so that more entries share a transaction and
     *     others get the store in between
     */
    public AuditLog(
            AuditStore store,
            Retention retention,
            InstantSource clock,
            LongSupplier nanos,
            Executor writer,
            Consumer<AuditEvent> events) {
        this.store = store;
        this.retention = retention;
        this.clock = clock;
        this.nanos = nanos;
        this.writer = writer;
        this.events = events;
        this.writtenAt = nanos.getAsLong();
    }

    /** Checks what is stored, as the writer's first task: no renewal waits for that. To be called once, before all else. */
    public void open() {
        writeSoon();
    }

    /**
     * Takes an entry of this instant.
     *
     * @return completes when it is on disk, or when that takes too long or can't be now; never fails
     */
    public CompletionStage<Void> record(String client, Action action, @Nullable String account, String result) {
        AuditEntry entry = new AuditEntry(clock.instant(), client, action, account, result);
        Waiting waiting = new Waiting(entry, nanos.getAsLong() + PATIENCE.toNanos(), new CompletableFuture<>());
        synchronized (lock) {
            if (queue.size() >= MOST_WAITING) {
                lost++;
                gap++;
                return CompletableFuture.completedFuture(null);
            }
            queue.add(waiting);
            if (troubled) {
                return CompletableFuture.completedFuture(null);
            }
        }
        writeSoon();
        return waiting.written();
    }

    /** Lets go who has waited long enough, and tries again what failed. To be called about once a second. */
    public void tick() {
        long now = nanos.getAsLong();
        List<Waiting> impatient;
        boolean due;
        synchronized (lock) {
            impatient = queue.stream()
                    .filter(waiting -> now - waiting.giveUpAt() >= 0)
                    .toList();
            due = !queue.isEmpty() || now - writtenAt >= PRUNE_EVERY.toNanos();
        }
        if (impatient.stream().anyMatch(waiting -> !waiting.written().isDone())) {
            trouble(new AuditStore.Unavailable("a write takes longer than " + PATIENCE.toSeconds() + " s", null));
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

    /** Number of the first row that was found not to fit, or to be missing. */
    public OptionalLong brokenAt() {
        return brokenAt == 0 ? OptionalLong.empty() : OptionalLong.of(brokenAt);
    }

    /** Whether all that is stored was checked at the start, and nothing was found then or since. */
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
            trouble(new AuditStore.Unavailable("the process is going down", e));
        }
    }

    private void write() {
        boolean more = false;
        try {
            more = writeSome(end == null ? load() : end);
        } catch (RuntimeException | Error e) {
            // Whatever it was, the next round starts from what the store says.
            end = null;
            trouble(e);
        }
        synchronized (lock) {
            writing = false;
            more = !troubled && (more || !queue.isEmpty());
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

    /** Takes out the first of those that wait, which are on disk. */
    private void written(int count) {
        List<Waiting> done = new ArrayList<>();
        boolean recovered;
        synchronized (lock) {
            for (int i = 0; i < count; i++) {
                done.add(queue.remove());
            }
            if (gap > 0 && queue.size() < MOST_WAITING) {
                // Here and no later: what is recorded from now on comes after the gap.
                String result = gap + " entries could not be kept";
                AuditEntry entry = new AuditEntry(clock.instant(), AuditEntry.DAEMON, Action.GAP, null, result);
                queue.add(new Waiting(entry, nanos.getAsLong() + PATIENCE.toNanos(), new CompletableFuture<>()));
                gap = 0;
            }
            recovered = troubled;
            troubled = false;
            writtenAt = nanos.getAsLong();
        }
        if (recovered) {
            events.accept(new AuditEvent.WrittenAgain());
        }
        done.forEach(waiting -> waiting.written().complete(null));
    }

    private void trouble(Throwable why) {
        List<Waiting> released;
        boolean first;
        synchronized (lock) {
            first = !troubled;
            troubled = true;
            released = List.copyOf(queue);
        }
        if (first) {
            events.accept(new AuditEvent.Unwritten(String.valueOf(why.getMessage())));
        }
        released.forEach(waiting -> waiting.written().complete(null));
    }

    private ChainPosition load() {
        if (!checked) {
            OptionalLong broken = ChainCheck.all(store);
            checked = true;
            ChainPosition head = store.chain().head();
            broken.ifPresentOrElse(this::foundBroken, () -> events.accept(new AuditEvent.Intact(head)));
        }
        ChainPosition found = store.chain().end();
        if (!unsure.isEmpty() && unsure.get(unsure.size() - 1).link().equals(found)) {
            // The write that failed was made all the same.
            written(unsure.size());
        }
        unsure = List.of();
        end = found;
        return found;
    }

    private synchronized void foundBroken(long seq) {
        if (brokenAt == 0 || seq < brokenAt) {
            brokenAt = seq;
            events.accept(new AuditEvent.Broken(seq));
        }
    }
}
