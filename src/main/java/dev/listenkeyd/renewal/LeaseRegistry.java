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
 * All live leases, by account. Memory leads and the store follows: a change counts at once and is written behind, however
 * long the disk takes. Only a caller who wants to know that a change is on disk waits for it, by a stage; nothing here
 * blocks but {@link #restore}. Thread-safe.
 */
public final class LeaseRegistry {

    /** A change that was made. */
    public record Change(Lease before, Lease after) {}

    /** The key of the pause among the rows to be written: no account has this name. */
    private static final String PAUSE = "";

    private final NavigableMap<String, Lease> leases = new ConcurrentSkipListMap<>();
    /** Leases that are to be on disk before anybody sees them. */
    private final Map<String, Lease> arriving = new ConcurrentHashMap<>();
    /** Accounts whose lease is to be gone from the disk before it is gone from memory. */
    private final Set<String> ending = ConcurrentHashMap.newKeySet();

    private final AtomicInteger size = new AtomicInteger();
    private final LeaseStore store;
    private final WriteBehind<String> rows;
    private volatile @Nullable Pause pause;

    /** @param nanoTime monotonic time, by which a disk is found to hang */
    public LeaseRegistry(LeaseStore store, LongSupplier nanoTime) {
        this.store = store;
        this.rows = new WriteBehind<>(this::write, nanoTime);
    }

    /** Writes the row as memory has it now: whatever failed before, the disk ends up with that. */
    private CompletionStage<Void> write(String account) {
        Pause newest = pause;
        if (account.equals(PAUSE)) {
            return newest == null ? CompletableFuture.completedFuture(null) : store.savePause(newest);
        }
        Lease arrived = arriving.get(account);
        Lease lease = arrived != null ? arrived : leases.get(account);
        return lease == null || ending.contains(account)
                ? store.delete(account)
                : store.put(lease).thenAccept(written -> requireWritten(account, written));
    }

    private static void requireWritten(String account, boolean written) {
        if (!written) {
            throw new StoreException("another process has written a newer version of the lease of " + account, null);
        }
    }

    /** Reads what the store holds, and blocks meanwhile; to be called once, before anything else. */
    public void restore() {
        store.live().forEach(lease -> leases.put(lease.account(), lease));
        size.set(leases.size());
        pause = store.pause();
    }

    /** The newest pause that was told, by an earlier process or this one; null when there was none. */
    @Nullable
    Pause pause() {
        return pause;
    }

    /**
     * Adds a lease once it is on disk; until then it is not there. An account's insertions, and its removals, must follow one
     * another.
     *
     * @param most leases that there may be afterwards
     * @return whether there was room for it; fails with {@link StoreException} when it is not there and will not be
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
            // It may be on disk all the same, or get there when a disk that hangs goes on: then it is deleted.
            rows.save(account);
            throw new CompletionException(failure);
        });
    }

    /** Adds a lease that the configuration demands: it is kept alive even while the store can't be written. */
    public void insertInMemory(Lease lease) {
        leases.put(lease.account(), lease);
        size.incrementAndGet();
        rows.save(lease.account());
    }

    /**
     * Changes a lease in memory; the store follows.
     *
     * @param lease as it was seen; its account may be registered anew by now, which is another lease
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
     * As {@link #change}, and waits for the store.
     *
     * @param undo takes the change, and nothing else, back from the lease as it is by then
     * @return null when the lease has ended; fails with {@link StoreException} when the change was taken back, since it is not
     *     on disk
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
     * Removes a lease once its row is gone from the disk.
     *
     * @return whether it was there; fails with {@link StoreException} when it could not be removed, and then it is still there
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
                // Perhaps it was deleted all the same: as the lease goes on, so must its row.
                rows.save(account);
                throw new CompletionException(failure);
            }
            leases.remove(account);
            size.decrementAndGet();
            ending.remove(account);
            return true;
        });
    }

    /** Tries again what could not be written, and lets go who has waited long enough. To be called about once a second. */
    public void tick() {
        rows.tick();
    }

    /** Leases, and the pause, that are not on disk as they are in memory. */
    public int unwritten() {
        return rows.backlog();
    }

    /** Notes a pause for the next process. */
    void savePause(Pause newest) {
        pause = newest;
        rows.save(PAUSE);
    }

    public @Nullable Lease find(String account) {
        return leases.get(account);
    }

    /** Two accounts of ours may be one at the exchange: then their leases share the key. */
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

    /** How many leases there are, those that are being written included. */
    public int size() {
        return size.get();
    }

    /** A live view of the leases whose account sorts after this one. */
    public Collection<Lease> after(String account) {
        return leases.tailMap(account, false).values();
    }

    /** Whether the store takes writes, and holds all that it did not take before. */
    public boolean writable() {
        return rows.isWorking();
    }

    /** Whether the disk has held a write for longer than callers wait: what needs the disk can be refused at once. */
    public boolean isStalled() {
        return rows.isStalled();
    }
}
