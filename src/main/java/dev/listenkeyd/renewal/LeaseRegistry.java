package dev.listenkeyd.renewal;

import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseStore;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.Pause;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * All live leases, by account. Memory leads and the store follows: a change is in force at once and written behind, however long the disk takes. A caller that needs durability waits for a stage; only {@link #restore} blocks. Thread-safe.
 */
public final class LeaseRegistry {

    /** A lease before and after a change. */
    public record Change(Lease before, Lease after) {}

    /** The key of the pause among the rows; no account has this name. */
    private static final String PAUSE = "";

    private final NavigableMap<String, Lease> leases = new ConcurrentSkipListMap<>();
    /** Leases that become visible when they are on disk. */
    private final Map<String, Lease> arriving = new ConcurrentHashMap<>();
    /** Accounts whose lease leaves memory when it is deleted from disk. */
    private final Set<String> ending = ConcurrentHashMap.newKeySet();

    private final AtomicInteger size = new AtomicInteger();
    private final LeaseStore store;
    private final WriteBehind<String> rows;
    private volatile @Nullable Pause pause;

    /** @param nanoTime monotonic time, to detect a hanging disk */
    public LeaseRegistry(LeaseStore store, LongSupplier nanoTime) {
        this.store = store;
        this.rows = new WriteBehind<>(this::write, nanoTime);
    }

    /** Writes the row as memory has it now, so that the disk ends up with the latest state whatever failed before. */
    private CompletionStage<Void> write(String account) {
        Pause newest = pause;
        if (account.equals(PAUSE)) {
            return newest == null ? CompletableFuture.completedFuture(null) : store.savePause(newest);
        }
        Lease arrived = arriving.get(account);
        Lease lease = arrived != null ? arrived : leases.get(account);
        return lease == null || ending.contains(account) ? store.delete(account) : store.put(lease);
    }

    /** Reads the store. Blocks. Call it once, before anything else. */
    public void restore() {
        store.live().forEach(lease -> leases.put(lease.account(), lease));
        size.set(leases.size());
        pause = store.pause();
    }

    /** The newest pause, of an earlier process or this one; null when there was none. */
    @Nullable
    Pause pause() {
        return pause;
    }

    /**
     * Adds a lease; it becomes visible when it is on disk. Insertions and removals of one account must not overlap.
     *
     * @param most most leases afterwards
     * @return whether there was room; fails with {@link StoreException} when it could not be written, and then it is not added
     */
    public CompletionStage<Boolean> insert(Lease lease, int most) {
        if (size.incrementAndGet() > most) {
            size.decrementAndGet();
            return CompletableFuture.completedFuture(false);
        }
        String account = lease.account();
        arriving.put(account, lease);
        return rows.saved(account).handle((written, failure) -> {
            if (failure == null) {
                leases.put(account, lease);
                arriving.remove(account);
                return true;
            }
            arriving.remove(account);
            size.decrementAndGet();
            // The write may still reach the disk, now or when a hanging disk goes on: delete it then.
            rows.save(account);
            throw new CompletionException(failure);
        });
    }

    /** Adds a configured lease, which is kept alive even while the store can't be written. */
    public void insertInMemory(Lease lease) {
        leases.put(lease.account(), lease);
        size.incrementAndGet();
        rows.save(lease.account());
    }

    /**
     * Changes a lease in memory; the store follows.
     *
     * @param lease as the caller saw it; ignored when the account has been registered anew since
     * @param change pure: it may run more than once
     * @return null when the lease has ended
     */
    @Nullable
    public Change change(Lease lease, UnaryOperator<Lease> change) {
        Change made = changeInMemory(lease, change);
        if (made != null) {
            rows.save(lease.account());
        }
        return made;
    }

    /**
     * As {@link #change}; the stage completes when the change is on disk.
     *
     * @param undo reverts this change, and nothing else, on the lease as it is by then
     * @return null when the lease has ended; fails with {@link StoreException} when the change could not be written and was reverted
     */
    public CompletionStage<@Nullable Change> changeOnDisk(
            Lease lease, UnaryOperator<Lease> change, UnaryOperator<Lease> undo) {
        Change made = changeInMemory(lease, change);
        if (made == null) {
            return CompletableFuture.completedFuture(null);
        }
        return rows.saved(lease.account()).handle((written, failure) -> {
            if (failure != null) {
                change(lease, undo);
                throw new CompletionException(failure);
            }
            return made;
        });
    }

    private @Nullable Change changeInMemory(Lease lease, UnaryOperator<Lease> change) {
        Lease[] before = new Lease[1];
        Lease after = leases.computeIfPresent(lease.account(), (name, now) -> {
            before[0] = now;
            return now.isSameRegistration(lease) ? change.apply(now).withVersion(now.version() + 1) : now;
        });
        return after == null || !after.isSameRegistration(lease) ? null : new Change(before[0], after);
    }

    /**
     * Removes a lease; it stays visible until its row is deleted from disk.
     *
     * @return whether it existed; fails with {@link StoreException} when it could not be deleted, and then it stays
     */
    CompletionStage<Boolean> remove(Lease lease) {
        String account = lease.account();
        Lease known = leases.get(account);
        if (known == null || !known.isSameRegistration(lease)) {
            return CompletableFuture.completedFuture(false);
        }
        ending.add(account);
        return rows.saved(account).handle((written, failure) -> {
            if (failure != null) {
                ending.remove(account);
                // The row may be deleted all the same: write it again, since the lease goes on.
                rows.save(account);
                throw new CompletionException(failure);
            }
            leases.remove(account);
            size.decrementAndGet();
            ending.remove(account);
            return true;
        });
    }

    /** Retries failed writes, and fails stages that have waited too long. Call it about once a second. */
    public void tick() {
        rows.tick();
    }

    /** Number of rows that differ between memory and disk. */
    public int unwritten() {
        return rows.backlog();
    }

    /** Stores a pause for the next process. */
    void savePause(Pause newest) {
        pause = newest;
        rows.save(PAUSE);
    }

    public @Nullable Lease find(String account) {
        return leases.get(account);
    }

    /** Whether another lease has the same key: two account names may be one account at the exchange. */
    public boolean isShared(Lease lease) {
        ListenKey held = lease.key();
        return held != null
                && leases.values().stream()
                        .filter(other -> !other.account().equals(lease.account()) && other.isLive())
                        .anyMatch(other ->
                                other.key() != null && other.key().value().equals(held.value()));
    }

    /** A live view of all leases. */
    public Collection<Lease> all() {
        return Collections.unmodifiableCollection(leases.values());
    }

    /** Number of leases, including those being inserted. */
    public int size() {
        return size.get();
    }

    /** A live view of the leases whose account sorts after this one. */
    public Collection<Lease> after(String account) {
        return leases.tailMap(account, false).values();
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
