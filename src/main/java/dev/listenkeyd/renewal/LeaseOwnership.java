package dev.listenkeyd.renewal;

import dev.listenkeyd.lease.Lease;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * Leases that come from another replica or go to one: neither is a change of the lease, makes an event, or is written. Thread-safe.
 */
public final class LeaseOwnership {
    private final LiveLeases leases;
    private final AccountLocks locks;
    private final Predicate<String> isUnwritten;
    /** Accounts whose rows may be in the store although no lease is here: a registration that failed has perhaps written one. */
    private final Set<String> leftovers = ConcurrentHashMap.newKeySet();

    private volatile BooleanSupplier doubt = () -> false;

    /**
     * @param isUnwritten whether a change of the account's lease is not on disk yet
     */
    LeaseOwnership(LiveLeases leases, AccountLocks locks, Predicate<String> isUnwritten) {
        this.leases = leases;
        this.locks = locks;
        this.isUnwritten = isUnwritten;
    }

    /**
     * Adds a lease that the store holds and this process owns from now on.
     *
     * @return false when it was not added, since one of the account is here, or about to be
     */
    public boolean adopt(Lease lease) {
        synchronized (locks.of(lease.account())) {
            if (leases.find(lease.account()) != null || isUnwritten.test(lease.account())) {
                return false;
            }
            leftovers.remove(lease.account());
            leases.takePlace(Integer.MAX_VALUE);
            leases.put(lease);
            return true;
        }
    }

    /** Makes sure that the next registration gets a version after this one, of a lease that has ended elsewhere. */
    public void ended(long version) {
        leases.ended(version);
    }

    /** @param doubt as {@link #isInDoubt} */
    public void doubtedBy(BooleanSupplier doubt) {
        this.doubt = doubt;
    }

    /** Whether it will be known soon which leases other replicas have taken over: until then none here is declared lost. */
    boolean isInDoubt() {
        return doubt.getAsBoolean();
    }

    /** Forgets a lease that another replica owns from now on. */
    public void drop(String account) {
        synchronized (locks.of(account)) {
            leftovers.remove(account);
            if (leases.find(account) != null) {
                leases.remove(account);
                leases.settlePlace(false);
            }
        }
    }

    /** Whether the store has the lease as it is in memory, with all records of its changes, and no change is pending. */
    public boolean isSettled(String account) {
        synchronized (locks.of(account)) {
            return !isUnwritten.test(account);
        }
    }

    /** A write has failed that may be in the store all the same: without a lease of the account, its row must go. */
    void mayBeLeft(String account) {
        if (leases.find(account) == null) {
            leftovers.add(account);
        }
    }

    /** Whether the account's row may be in the store although it has no lease. */
    boolean hasLeftover(String account) {
        return leftovers.contains(account);
    }

    /** A lease of the account was registered here, or its row is deleted. */
    void noLeftover(String account) {
        leftovers.remove(account);
    }
}
