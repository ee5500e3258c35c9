package dev.listenkeyd.renewal;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.renewal.CallScheduler.Turn;
import dev.listenkeyd.renewal.DueQueue.Entry;
import dev.listenkeyd.renewal.PendingRequests.PendingRequest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whose call leaves next, and who owns which lease. A lease that is owned, by an attempt in flight or by the declaration of
 * its loss, is absent from the queue until it is put back; so no lease has two. Thread-safe.
 */
public final class Schedule {

    private final LeaseRegistry registry;
    private final InstantSource clock;
    private final CallScheduler order;
    private final PendingRequests requests = new PendingRequests();
    private final Set<String> owned = new HashSet<>();
    /** Attempts that make calls; one that waits for the disk only does not count. */
    private int calling;

    private boolean stopped;

    Schedule(LeaseRegistry registry, CallScheduler order, InstantSource clock) {
        this.registry = registry;
        this.order = order;
        this.clock = clock;
    }

    /** Puts a lease in its place, as it stands in the book. */
    synchronized void put(String account) {
        Lease lease = registry.find(account);
        if (lease != null && !owned.contains(account)) {
            order.put(lease);
        }
    }

    /** Makes the next attempt of a lease due then, if the lease is still as it was seen. */
    synchronized void put(Lease seen, Instant due) {
        if (seen.equals(registry.find(seen.account())) && !owned.contains(seen.account())) {
            order.put(seen, due);
        }
    }

    /** Makes an attempt due now, for a caller who waits for it. */
    synchronized void put(String account, PendingRequest request) {
        requests.add(account, request);
        Lease lease = registry.find(account);
        if (lease != null && !owned.contains(account)) {
            order.put(lease, clock.instant());
        }
    }

    /** Takes out a lease that has ended; an account that was registered anew in this instant keeps its place. */
    synchronized void remove(String account) {
        if (registry.find(account) == null) {
            order.remove(account);
        }
    }

    /** Takes the lease whose call leaves now, with leave for it; null when none may. */
    synchronized @Nullable Turn takeDue() {
        if (stopped || calling >= ExchangeGate.MAX_CALLS_IN_FLIGHT) {
            return null;
        }
        Turn next = order.take(clock.instant(), account -> requests.first(account) != null);
        if (next != null) {
            owned.add(next.entry().account());
            calling++;
        }
        return next;
    }

    /** Takes the account of a lease whose deadline has passed; null when there is none. */
    synchronized @Nullable String takeExpired(Instant now) {
        Entry dead = order.takeExpired(now);
        if (dead == null) {
            return null;
        }
        owned.add(dead.account());
        return dead.account();
    }

    /** The wish that an attempt fulfils which begins now; null when nobody waits. */
    @Nullable
    PendingRequest begin(String account) {
        return requests.begin(account);
    }

    /** The calls of an attempt are made; its lease stays owned while the attempt waits for the disk. */
    synchronized void called() {
        calling--;
    }

    /**
     * Ends the ownership of a lease after an attempt.
     *
     * @param attempted the lease as the attempt found it, null when it was gone
     * @param fulfilled null when nobody had asked for the attempt
     * @return callers who are answered by the attempt
     */
    synchronized List<PendingRequest> putBack(
            String account, @Nullable Lease attempted, @Nullable PendingRequest fulfilled) {
        Lease lease = registry.find(account);
        // A caller who waits for a lease that was registered meanwhile waits for a call of its own.
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
            order.remove(account);
        } else if (requests.first(account) != null) {
            order.put(lease, clock.instant());
        } else {
            order.put(lease);
        }
    }

    /** Callers who have waited long enough, by account. */
    Map<String, List<PendingRequest>> removeTimedOut(Instant now) {
        return requests.removeTimedOut(now);
    }

    /** Records what an attempt came to; what has changed for the whole fleet, null when nothing has. */
    synchronized @Nullable FleetEvent record(Lease attempted, RenewalOutcome outcome) {
        return order.record(attempted, outcome, registry::size);
    }

    /** Records how long a call took that worked. */
    void recordCall(Duration took) {
        order.callTook(took);
    }

    /** Calls that leases will need within the next window, as far as that matters. */
    synchronized int callsNeeded() {
        return order.needed(clock.instant());
    }

    boolean isRecreationThrottled() {
        return order.isRecreationThrottled();
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
