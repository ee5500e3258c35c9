package dev.listenkeyd.renewal;

import dev.listenkeyd.lease.ChangeRecords;
import dev.listenkeyd.lease.Delivery;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseStore;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.lease.Pause;
import dev.listenkeyd.lease.RenewalEvent;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * All live leases, by account. Memory leads and the store follows: a change by a call is in force at once and written
 * behind, however long the disk takes. A change by a caller is written first and in force when it is on disk. Every change
 * makes one event, and the events of a lease are published in the order of its versions. Only {@link #restore} blocks.
 * Thread-safe.
 */
public final class LeaseRegistry {
    private final LiveLeases leases = new LiveLeases();
    /** Changes by account that come into force when they are on disk. */
    private final Map<String, PendingChange> pending = new ConcurrentHashMap<>();
    /** So that the events of an account are published in order. */
    private final AccountLocks locks = new AccountLocks();

    private final LeaseStore store;
    private final InstantSource clock;
    private final Consumer<RenewalEvent> events;
    private final WriteBehind<String> rows;
    private final LeaseRows leaseRows;
    private final LeaseOwnership ownership;

    /**
     * @param nanoTime monotonic time, to detect a hanging disk
     * @param events receives every change, on the thread that made it; it must neither wait for another thread nor throw
     */
    public LeaseRegistry(LeaseStore store, InstantSource clock, LongSupplier nanoTime, Consumer<RenewalEvent> events) {
        this(store, clock, nanoTime, events, null);
    }

    /** @param notOwned told, on the store's thread, of accounts with an unwritten row that others own; null without others */
    public LeaseRegistry(
            LeaseStore store,
            InstantSource clock,
            LongSupplier nanoTime,
            Consumer<RenewalEvent> events,
            @Nullable Consumer<String> notOwned) {
        this.store = store;
        this.clock = clock;
        this.events = events;
        this.leaseRows = new LeaseRows(store, notOwned);
        this.rows = new WriteBehind<>(this::write, store::hurry, nanoTime);
        this.ownership =
                new LeaseOwnership(leases, locks, account -> pending.containsKey(account) || rows.isWriting(account));
    }

    /** For leases that other replicas give, and take. */
    public LeaseOwnership ownership() {
        return ownership;
    }

    /** Writes the row as memory has it now, with the pending change, so that the disk ends up with the latest state. */
    private CompletionStage<Void> write(String account) {
        if (account.equals(LeaseRows.FLEET)) {
            return leaseRows.writeFleet();
        }
        Lease lease;
        ChangeRecords unwritten;
        synchronized (locks.of(account)) {
            PendingChange change = pending.get(account);
            lease = change == null ? leases.find(account) : change.write(leases.find(account));
            unwritten = leaseRows.unwritten(account);
            if (lease == null && change == null && !ownership.hasLeftover(account)) {
                return leaseRows.writeRecords(account, unwritten);
            }
        }
        CompletionStage<Void> write = leaseRows.write(account, lease, unwritten);
        return lease == null ? write.thenRun(() -> ownership.noLeftover(account)) : write;
    }

    /** Reads the store. Blocks. Call it once, before anything else. */
    public void restore() {
        Instant now = clock.instant();
        store.live().forEach(lease -> ownership.adopt(lease.restored(now)));
        leaseRows.setPause(store.pause());
    }

    /** The newest pause, of an earlier process or this one; null when there was none. */
    @Nullable
    Pause pause() {
        return leaseRows.pause();
    }

    /**
     * Adds a lease; it becomes visible when it is on disk. Insertions, changes and removals of one account must not overlap.
     *
     * @param most most leases afterwards
     * @return whether there was room; fails with {@link StoreException} when it could not be written, and then it is not
     *     added
     */
    public CompletionStage<Boolean> insert(Lease lease, int most) {
        if (!leases.takePlace(most)) {
            return CompletableFuture.completedFuture(false);
        }
        Lease first = leases.afterEnded(lease);
        return onDisk(lease.account(), none -> first)
                .whenComplete((inserted, failure) -> leases.settlePlace(failure == null))
                .thenApply(inserted -> true);
    }

    /** Adds a lease of the configuration, which is kept alive even while the store can't be written. */
    public void insertInMemory(Lease lease) {
        leases.takePlace(Integer.MAX_VALUE);
        Lease first = leases.afterEnded(lease);
        commit(lease.account(), new PendingChange(none -> first), Cause.withoutCall(clock.instant()));
    }

    /** As {@link #change(Lease, UnaryOperator, Cause)}, without a call. */
    public @Nullable Lease change(Lease seen, UnaryOperator<Lease> change) {
        return change(seen, change, Cause.withoutCall(clock.instant()));
    }

    /**
     * Changes a lease in memory; the store follows.
     *
     * @param seen as the caller saw it; ignored when the account has been registered anew since
     * @return the lease after the change; null when it has ended
     */
    @Nullable
    Lease change(Lease seen, UnaryOperator<Lease> change, Cause cause) {
        return commit(seen.account(), new PendingChange(now -> changed(now, seen, change)), cause);
    }

    /**
     * Changes a lease when the change is on disk.
     *
     * @return the lease after the change; null when it has ended; fails with {@link StoreException} when it was not written
     */
    public CompletionStage<@Nullable Lease> changeOnDisk(Lease seen, UnaryOperator<Lease> change) {
        return onDisk(seen.account(), now -> changed(now, seen, change))
                .thenApply(after -> after != null && after.isSameRegistration(seen) ? after : null);
    }

    /**
     * Removes a lease when its row is deleted from disk.
     *
     * @return whether it existed; fails with {@link StoreException} when it could not be deleted, and then it stays
     */
    public CompletionStage<Boolean> remove(Lease seen) {
        Lease known = leases.find(seen.account());
        if (known == null || !known.isSameRegistration(seen)) {
            return CompletableFuture.completedFuture(false);
        }
        return onDisk(seen.account(), now -> null)
                .thenRun(() -> leases.settlePlace(false))
                .thenApply(gone -> true);
    }

    private static @Nullable Lease changed(@Nullable Lease now, Lease seen, UnaryOperator<Lease> change) {
        return now != null && now.isSameRegistration(seen) ? change.apply(now).withVersion(now.version() + 1) : now;
    }

    private CompletionStage<@Nullable Lease> onDisk(String account, UnaryOperator<@Nullable Lease> change) {
        PendingChange pendingChange = new PendingChange(change);
        pending.put(account, pendingChange);
        return rows.saved(account).handle((written, failure) -> {
            synchronized (locks.of(account)) {
                // Together with the change in memory: a write in between would take the row back.
                pending.remove(account, pendingChange);
                if (failure != null) {
                    rewrite(account, pendingChange);
                    throw new CompletionException(failure);
                }
                return commit(account, pendingChange, Cause.withoutCall(clock.instant()));
            }
        });
    }

    /** Writes a row again after a failed write, which may reach the disk all the same, now or when a hanging disk goes on. */
    private void rewrite(String account, PendingChange failed) {
        if (failed.hasWrittenLease()) {
            ownership.mayBeLeft(account);
            // The version grows, so that the row replaces the changed one.
            PendingChange grown = new PendingChange(now -> now == null ? null : now.withVersion(now.version() + 1));
            commit(account, grown, Cause.withoutCall(clock.instant()));
        }
        rows.save(account);
    }

    /** Makes a change in memory, publishes it, and writes it behind unless it is on disk already. */
    private @Nullable Lease commit(String account, PendingChange pendingChange, Cause cause) {
        synchronized (locks.of(account)) {
            Lease before = leases.find(account);
            Lease after = pendingChange.apply(before);
            if (Objects.equals(after, before)) {
                return after;
            }
            leaseRows.losses().record(before, after);
            if (after == null) {
                leases.remove(account);
            } else {
                ownership.noLeftover(account);
                leases.put(after);
            }
            try {
                events.accept(cause.event(before, after));
            } finally {
                if (!pendingChange.isWritten(after)) {
                    rows.save(account);
                }
            }
            return after;
        }
    }

    /** Publishes a call that changes nothing. */
    void observe(Lease lease, Cause call) {
        withLease(lease.account(), known -> {
            Lease now = known == null || !known.isSameRegistration(lease) ? lease : known;
            events.accept(call.event(now, now));
        });
    }

    /** Calls the action with the account's lease, null when there is none. Meanwhile it does not change. */
    public void withLease(String account, Consumer<@Nullable Lease> action) {
        synchronized (locks.of(account)) {
            action.accept(leases.find(account));
        }
    }

    /** Retries failed writes, and fails stages that have waited too long. Call it about once a second. */
    public void tick() {
        rows.tick();
    }

    /** Number of rows that differ between memory and disk. */
    public int unwritten() {
        return rows.backlog();
    }

    /**
     * Stores deliveries, or their ends; within an observer, in the transaction of its change. Hold no lock that observers take.
     */
    public void save(List<Delivery> deliveries) {
        leaseRows.add(deliveries).forEach(rows::save);
    }

    /** Stores a pause for the next process. */
    void savePause(Pause newest) {
        leaseRows.setPause(newest);
        rows.save(LeaseRows.FLEET);
    }

    public @Nullable Lease find(String account) {
        return leases.find(account);
    }

    public LossHistory losses() {
        return leaseRows.losses();
    }

    /** A live view of all leases. */
    public Collection<Lease> all() {
        return leases.all();
    }

    /** Number of leases, including those being inserted. */
    public int size() {
        return leases.size();
    }

    /** A live view of the leases whose account sorts after this one. */
    public Collection<Lease> after(String account) {
        return leases.after(account);
    }

    /** Whether no write has failed or hangs. */
    public boolean writable() {
        return rows.isWorking();
    }

    /** Whether a write hangs for longer than callers wait, so that requests that need the disk can be refused at once. */
    public boolean isStalled() {
        return rows.isStalled();
    }
}
