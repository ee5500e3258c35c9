package dev.listenkeyd.renewal;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.renewal.CallScheduler.ScheduledCall;
import dev.listenkeyd.renewal.DueQueue.Entry;
import dev.listenkeyd.renewal.PendingRequests.PendingRequest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The queue of leases, and their ownership. A lease taken for an attempt, or to declare its loss, is owned and absent from the queue until it is put back, so no lease has two attempts. Thread-safe.
 */
final class Schedule {

    private final LeaseRegistry registry;
    private final InstantSource clock;
    private final CallScheduler scheduler;
    private final PendingRequests requests = new PendingRequests();
    private final Set<String> owned = new HashSet<>();
    /** Attempts with calls in flight; an attempt that only waits for the disk does not count. */
    private int calling;

    private boolean stopped;

    Schedule(LeaseRegistry registry, CallScheduler scheduler, InstantSource clock) {
        this.registry = registry;
        this.scheduler = scheduler;
        this.clock = clock;
    }

    /** Queues a lease, as it is in the registry. */
    synchronized void put(String account) {
        Lease lease = registry.find(account);
        if (lease != null && !owned.contains(account)) {
            requeue(lease, null);
        }
    }

    /** Queues a lease with the given due time, if it has not changed since it was seen. */
    synchronized void put(Lease seen, Instant due) {
        if (seen.equals(registry.find(seen.account())) && !owned.contains(seen.account())) {
            requeue(seen, due);
        }
    }

    /** Adds a request, and makes the lease's attempt due now. */
    synchronized void put(String account, PendingRequest request) {
        requests.add(account, request);
        put(account);
    }

    /** Queues a lease, due by its state unless another time is given. A lease that a caller waits for is due now. */
    private void requeue(Lease lease, @Nullable Instant other) {
        Instant due = requests.first(lease.account()) == null ? other : clock.instant();
        if (due == null) {
            scheduler.put(lease);
        } else {
            scheduler.put(lease, due);
        }
    }

    /** Removes a lease that has ended, unless its account has been registered anew. */
    synchronized void remove(String account) {
        if (registry.find(account) == null) {
            scheduler.remove(account);
        }
    }

    /** Takes ownership of the lease whose call leaves now; null when none may. */
    synchronized @Nullable ScheduledCall takeDue() {
        if (stopped || calling >= ExchangeGate.MAX_CALLS_IN_FLIGHT) {
            return null;
        }
        ScheduledCall next = scheduler.take(clock.instant(), account -> requests.first(account) != null);
        if (next != null) {
            owned.add(next.entry().account());
            calling++;
        }
        return next;
    }

    /** Takes ownership of a lease whose deadline has passed; returns its account, or null. */
    synchronized @Nullable String takeExpired(Instant now) {
        Entry dead = scheduler.takeExpired(now);
        if (dead == null) {
            return null;
        }
        owned.add(dead.account());
        return dead.account();
    }

    /** The request that an attempt beginning now serves, or null. */
    @Nullable
    PendingRequest begin(String account) {
        return requests.begin(account);
    }

    /** The calls of an attempt are done. Its lease stays owned while the attempt waits for the disk. */
    synchronized void called() {
        calling--;
    }

    /**
     * Ends the ownership of a lease after an attempt.
     *
     * @param attempted the lease at the start of the attempt; null when it had ended
     * @param fulfilled null when no caller had requested the attempt
     * @return the requests that the attempt completes
     */
    synchronized List<PendingRequest> putBack(
            String account, @Nullable Lease attempted, @Nullable PendingRequest fulfilled) {
        Lease lease = registry.find(account);
        // A request for a lease that was registered meanwhile needs an attempt of its own.
        boolean same = lease != null && attempted != null && lease.isSameRegistration(attempted);
        List<PendingRequest> answered = requests.removeCompletedBy(account, fulfilled, same);
        putBack(account);
        return answered;
    }

    /** Ends the ownership of a lease. */
    synchronized void putBack(String account) {
        owned.remove(account);
        Lease lease = registry.find(account);
        if (lease == null) {
            scheduler.remove(account);
        } else {
            requeue(lease, null);
        }
    }

    /** Removes and returns the requests that have timed out, by account. */
    Map<String, List<PendingRequest>> removeTimedOut(Instant now) {
        return requests.removeTimedOut(now);
    }

    /** Records the outcome of an attempt; returns the change that concerns all leases, or null. */
    synchronized @Nullable FleetEvent record(Lease attempted, RenewalOutcome outcome) {
        return scheduler.record(attempted, outcome, registry::size);
    }

    /** Calls that leases will need within the next window, counted up to the weight limit. */
    synchronized int callsNeeded() {
        return scheduler.needed(clock.instant());
    }

    boolean isRecreationThrottled() {
        return scheduler.isRecreationThrottled();
    }

    synchronized boolean isOwned(String account) {
        return owned.contains(account);
    }

    /** Number of leases that are owned. */
    synchronized int owned() {
        return owned.size();
    }

    /** Hands out no more leases. */
    synchronized void stop() {
        stopped = true;
    }
}
