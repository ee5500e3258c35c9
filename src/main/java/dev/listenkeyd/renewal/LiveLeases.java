package dev.listenkeyd.renewal;

import dev.listenkeyd.lease.Lease;
import java.util.Collection;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The leases in memory, by account. Thread-safe. */
final class LiveLeases {
    private final NavigableMap<String, Lease> leases = new ConcurrentSkipListMap<>();
    private final AtomicInteger size = new AtomicInteger();
    /** Newest version of a lease that has ended: the next registration goes on from there, even after the clock was set back. */
    private final AtomicLong endedVersion = new AtomicLong();

    @Nullable
    Lease find(String account) {
        return leases.get(account);
    }

    /** A live view. */
    Collection<Lease> all() {
        return Collections.unmodifiableCollection(leases.values());
    }

    /** A live view of the leases whose account sorts after this one. */
    Collection<Lease> after(String account) {
        return leases.tailMap(account, false).values();
    }

    /** Number of leases, and of the places that are taken for further ones. */
    int size() {
        return size.get();
    }

    /**
     * Takes a place for a lease that is to be added.
     *
     * @return false when there are so many already
     */
    boolean takePlace(int most) {
        if (size.incrementAndGet() > most) {
            size.decrementAndGet();
            return false;
        }
        return true;
    }

    /** A place that was taken is needed, or is free again, since its lease was removed or not added. */
    void settlePlace(boolean needed) {
        size.addAndGet(needed ? 0 : -1);
    }

    /** Adds or replaces a lease; a place was taken for it. */
    void put(Lease lease) {
        leases.put(lease.account(), lease);
    }

    /** Removes a lease, but leaves its place. */
    void remove(String account) {
        Lease last = leases.remove(account);
        if (last != null) {
            ended(last.version());
        }
    }

    /** A lease of this version has ended. */
    void ended(long version) {
        endedVersion.accumulateAndGet(version, Math::max);
    }

    /** A new lease, with a version after those of all leases that have ended. */
    Lease afterEnded(Lease lease) {
        return lease.withVersion(Math.max(lease.version(), endedVersion.get() + 1));
    }
}
