package dev.listenkeyd.renewal;

import dev.listenkeyd.renewal.LeaseStore.StoreException;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.NavigableMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * All live leases, by account, in memory and in the store. Memory leads: when the store can't be written, leases go on
 * changing here and are written later. Thread-safe.
 */
public final class LeaseBook {

    /** A change that was made. {@code recorded}: the store holds it, too, or will as soon as its turn comes. */
    record Change(Lease before, Lease after, boolean recorded) {}

    /** Rows written per round when the store works again, so that the loop goes on ticking. */
    private static final int SAVED_AT_ONCE = 100;

    private final NavigableMap<String, Lease> leases = new ConcurrentSkipListMap<>();
    private final Set<String> unsaved = ConcurrentHashMap.newKeySet();
    private final Set<String> uninserted = ConcurrentHashMap.newKeySet();
    private final LeaseStore store;
    private @Nullable Pause restoredPause;
    private volatile boolean writable = true;

    public LeaseBook(LeaseStore store) {
        this.store = store;
    }

    /** Reads what the store holds; to be called once, before anything else. */
    public void restore() {
        store.live().forEach(lease -> leases.put(lease.account(), lease));
        restoredPause = store.pause();
    }

    /** The newest pause that an earlier process was told, null when there was none. */
    @Nullable
    Pause restoredPause() {
        return restoredPause;
    }

    /**
     * Adds a lease: durable before anybody sees it.
     *
     * @throws StoreException when it could not be written; then the lease is not there
     */
    void insert(Lease lease) {
        write(() -> store.insert(lease));
        leases.put(lease.account(), lease);
    }

    /** Adds a lease that the configuration demands: it is kept alive even while the store can't be written. */
    void hold(Lease lease) {
        uninserted.add(lease.account());
        leases.put(lease.account(), lease);
        save(lease);
    }

    /**
     * Changes a lease in memory, then in the store.
     *
     * @param lease as it was seen; its account may be registered anew by now, which is another lease
     * @param change pure: it may run more than once
     * @return null when the lease has ended
     */
    @Nullable
    Change change(Lease lease, UnaryOperator<Lease> change) {
        Change made = changeInMemory(lease, change);
        return made == null ? null : new Change(made.before(), made.after(), save(made.after()));
    }

    /** As {@link #change}, but the store follows only with the next {@link #saveUnsaved}. */
    @Nullable
    Change changeUnsaved(Lease lease, UnaryOperator<Lease> change) {
        Change made = changeInMemory(lease, change);
        // Afterwards: a save in between would take the mark away and miss the change.
        unsaved.add(lease.account());
        return made;
    }

    private @Nullable Change changeInMemory(Lease lease, UnaryOperator<Lease> change) {
        Lease[] before = new Lease[1];
        Lease after = leases.computeIfPresent(lease.account(), (name, now) -> {
            before[0] = now;
            return now.isSameAs(lease) ? change.apply(now).withVersion(now.version() + 1) : now;
        });
        return after == null || !after.isSameAs(lease) ? null : new Change(before[0], after, writable);
    }

    /**
     * Removes a lease from the store, then from memory.
     *
     * @return false when it was not there any more
     * @throws StoreException when it could not be removed; then it is still there
     */
    boolean remove(Lease lease) {
        try {
            write(() -> store.delete(lease));
        } catch (StoreException e) {
            // Perhaps it was deleted all the same: as the lease goes on, so must its row.
            uninserted.add(lease.account());
            unsaved.add(lease.account());
            throw e;
        }
        Lease known = leases.get(lease.account());
        boolean there = known != null && known.isSameAs(lease);
        if (there) {
            unsaved.remove(lease.account());
            uninserted.remove(lease.account());
            leases.remove(lease.account());
        }
        return there;
    }

    /** Writes what could not be written before, as long as the store takes it. */
    void saveUnsaved() {
        int left = SAVED_AT_ONCE;
        for (Iterator<String> accounts = unsaved.iterator(); accounts.hasNext() && left > 0; left--) {
            Lease lease = leases.get(accounts.next());
            accounts.remove();
            if (lease != null && !save(lease)) {
                return;
            }
        }
    }

    /** Notes a pause for the next process; when the store can't be written, that one will not know of it. */
    void savePause(Pause pause) {
        try {
            write(() -> store.savePause(pause));
        } catch (StoreException e) {
            // Shown by writable(). The pause holds for this process all the same.
            return;
        }
    }

    public @Nullable Lease find(String account) {
        return leases.get(account);
    }

    /** Two accounts of ours may be one at the exchange: then their leases share the key. */
    boolean isShared(Lease lease) {
        HeldKey held = lease.key();
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

    /** A live view of the leases whose account sorts after this one. */
    Collection<Lease> after(String account) {
        return leases.tailMap(account, false).values();
    }

    /** Whether the last write worked, and all that could not be written before it has been written since. */
    public boolean writable() {
        return writable;
    }

    private boolean save(Lease lease) {
        try {
            if (uninserted.contains(lease.account())) {
                write(() -> store.insert(lease));
                uninserted.remove(lease.account());
            } else {
                write(() -> store.replace(lease));
            }
            return true;
        } catch (StoreException e) {
            unsaved.add(lease.account());
            return false;
        }
    }

    private void write(Runnable change) {
        try {
            change.run();
            // Behind: what failed earlier is still in memory only, and a kill now would forget it.
            writable = writable || unsaved.isEmpty();
        } catch (StoreException e) {
            writable = false;
            throw e;
        }
    }
}
