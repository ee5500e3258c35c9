package dev.listenkeyd.audit;

import dev.listenkeyd.audit.AuditChains.Placed;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Reads and checks the audits of all replicas as one; of a single daemon its only one. Thread-safe. */
public final class AuditReader {
    /** Name of the only replica. */
    public static final String LOCAL = "local";

    private final AuditLog log;
    private final AuditStore store;
    private final @Nullable AuditChains chains;
    private final Consumer<AuditEvent> events;
    private final ReentrantLock checking = new ReentrantLock();
    /** First row that does not fit, by replica, of the chains of others. */
    private final Map<String, Long> broken = new ConcurrentHashMap<>();

    /**
     * A page, and the own chain.
     *
     * @param last place of the newest row of all replicas
     */
    public record Page(List<Row> rows, long last, ChainPosition ownHead) {}

    /** A row of any chain, with its {@linkplain Placed#place() place} among the rows of all. */
    public record Row(long place, String replica, AuditRow row) {}

    /** A chain, all of whose rows were checked. */
    public record Checked(String replica, Chain chain, OptionalLong brokenAt) {}

    /**
     * @param log of this process
     * @param store with the chain of this process
     * @param chains of all replicas; null when there is one
     */
    public AuditReader(AuditLog log, AuditStore store, @Nullable AuditChains chains, Consumer<AuditEvent> events) {
        this.log = log;
        this.store = store;
        this.chains = chains;
        this.events = events;
    }

    /**
     * Rows by place, from the one after {@code after}, checked.
     *
     * @param replica only those of its chain; null for all
     * @throws AuditStore.Unavailable when they can't be read now
     */
    public Page read(long after, @Nullable String replica, int most) {
        if (chains == null) {
            AuditStore.Page page = log.read(after, most);
            boolean shown = replica == null || replica.equals(LOCAL);
            List<Row> rows = page.rows().stream()
                    .filter(row -> shown)
                    .map(row -> new Row(row.seq(), LOCAL, row))
                    .toList();
            ChainPosition head = page.chain().head();
            return new Page(rows, head.seq(), head);
        }
        AuditChains.Page page = chains.page(after, replica, most);
        for (Placed placed : page.rows()) {
            placed.brokenAt().ifPresent(seq -> foundBroken(chains, placed.replica(), seq));
        }
        List<Row> rows = page.rows().stream()
                .map(placed -> new Row(placed.place(), placed.replica(), placed.row()))
                .toList();
        return new Page(rows, page.last(), store.chain().head());
    }

    /**
     * Checks all rows of all chains, which takes seconds for 100,000 of them.
     *
     * @return empty when another check is under way
     * @throws AuditStore.Unavailable when they can't be read now
     */
    public Optional<List<Checked>> check() {
        if (!checking.tryLock()) {
            return Optional.empty();
        }
        try {
            List<Checked> checked = new ArrayList<>();
            if (chains == null) {
                checked.add(checkOnly());
            } else {
                for (String replica : chains.replicas()) {
                    Checked one = check(chains, replica);
                    one.brokenAt().ifPresent(seq -> foundBroken(chains, replica, seq));
                    checked.add(one);
                }
            }
            return Optional.of(checked);
        } finally {
            checking.unlock();
        }
    }

    private Checked checkOnly() {
        ChainCheck.Result result = ChainCheck.all(store);
        result.brokenAt().ifPresent(log::foundBroken);
        return new Checked(LOCAL, result.chain(), result.brokenAt());
    }

    private static Checked check(AuditChains chains, String replica) {
        ChainCheck.Result result = ChainCheck.all(chains.chain(replica));
        OptionalLong brokenAt = LongStream.concat(result.brokenAt().stream(), chains.misplaced(replica).stream())
                .min();
        return new Checked(replica, result.chain(), brokenAt);
    }

    private synchronized void foundBroken(AuditChains all, String replica, long seq) {
        if (replica.equals(all.own())) {
            log.foundBroken(seq);
        } else {
            Long known = broken.get(replica);
            if (known == null || seq < known) {
                broken.put(replica, seq);
                events.accept(new AuditEvent.BrokenElsewhere(replica, seq));
            }
        }
    }

    /** Whether the own chain was checked at the start, and no chain was found broken then or since. */
    public boolean intact() {
        return log.intact() && broken.isEmpty();
    }

    /** Prunes the chains of replicas that are gone. To be called every few minutes. */
    public void prune(Retention retention, InstantSource clock) {
        if (chains == null) {
            return;
        }
        try {
            chains.prune(retention.at(clock.instant()));
        } catch (AuditStore.Unavailable e) {
            // The next time comes; the log says that the store is away.
        }
    }
}
