package dev.listenkeyd.renewal;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.renewal.CallScheduler.ScheduledCall;
import dev.listenkeyd.renewal.DueQueue.Entry;
import dev.listenkeyd.renewal.PendingRequests.PendingRequest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The queue of leases, and their ownership. A lease taken for an attempt, or to declare its loss, is owned and absent from the queue until it is put back, so no lease has two attempts. Thread-safe.
 */
final class Schedule {

    /**
     * An attempt that has begun.
     *
     * @param lease as it was then; null when it had ended
     * @param request the caller's request that it serves; null when no caller had requested it
     */
    record Attempt(
            String account, @Nullable Lease lease, @Nullable PendingRequest request, boolean isCheck) {}

    private final LeaseRegistry registry;
    private final InstantSource clock;
    private final CallScheduler scheduler;
    private final PendingRequests requests = new PendingRequests();
    private final Set<String> owned = new HashSet<>();
    /** Owned leases whose renewal could not be confirmed, which counts as a failed check. */
    private final Set<String> unconfirmed = new HashSet<>();
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
            requeue(lease, null, null);
        }
    }

    /** Queues a lease with the given due time, if it has not changed since it was seen. */
    synchronized void put(Lease seen, Instant due) {
        if (seen.equals(registry.find(seen.account())) && !owned.contains(seen.account())) {
            requeue(seen, due, null);
        }
    }

    /** Adds a request, and makes the lease's attempt due now. */
    synchronized void put(String account, PendingRequest request) {
        requests.add(account, request);
        put(account);
    }

    /** Queues a lease, due by its state unless another time is given. A lease that a caller waits for is due now. */
    private void requeue(Lease lease, @Nullable Instant other, @Nullable Instant lastCheck) {
        Instant due = requests.first(lease.account()) == null ? other : clock.instant();
        if (due == null) {
            scheduler.put(lease, lastCheck);
        } else {
            scheduler.putDue(lease, due);
        }
    }

    /** Removes a lease that has ended, unless its account has been registered anew. */
    synchronized void remove(String account) {
        if (registry.find(account) == null) {
            scheduler.remove(account);
        }
    }

    /** Removes a lease that another replica owns from now on. A caller that waits for its attempt is answered by that. */
    synchronized void drop(String account) {
        if (requests.first(account) == null) {
            remove(account);
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

    /** Takes ownership of a lease whose deadline has passed, or whose pause is over; returns its account, or null. */
    synchronized @Nullable String takeExpired(Instant now) {
        Entry dead = scheduler.takeExpired(now);
        if (dead == null) {
            return null;
        }
        owned.add(dead.account());
        return dead.account();
    }

    /** Begins an attempt for the first request of its lease or, when there is none, for the reason it was scheduled. */
    Attempt begin(ScheduledCall call) {
        String account = call.entry().account();
        PendingRequest request = requests.begin(account);
        Lease lease = registry.find(account);
        boolean isCheck = call.isCheck() && request == null && lease != null && lease.state() instanceof Active;
        return new Attempt(account, lease, request, isCheck);
    }

    /** The calls of an attempt are done. Its lease stays owned while the attempt waits for the disk. */
    synchronized void called() {
        calling--;
    }

    /** Ends the ownership of a lease after an attempt, and returns the requests that the attempt completes. */
    synchronized List<PendingRequest> putBack(Attempt attempt) {
        Lease lease = registry.find(attempt.account());
        // A request for a lease that was registered meanwhile needs an attempt of its own; so does one that met a
        // check.
        boolean joined = lease != null
                && attempt.lease() != null
                && lease.isSameRegistration(attempt.lease())
                && !attempt.isCheck();
        List<PendingRequest> answered = requests.removeCompletedBy(attempt.account(), attempt.request(), joined);
        boolean wasChecked = unconfirmed.remove(attempt.account()) || attempt.isCheck();
        putBack(attempt.account(), wasChecked ? clock.instant() : null);
        return answered;
    }

    /** The exchange was asked in vain which key the attempt in flight has renewed. */
    synchronized void confirmationFailed(String account) {
        unconfirmed.add(account);
    }

    /** Ends the ownership of a lease without an attempt. */
    synchronized void putBack(String account) {
        putBack(account, null);
    }

    private void putBack(String account, @Nullable Instant lastCheck) {
        owned.remove(account);
        Lease lease = registry.find(account);
        if (lease == null) {
            scheduler.remove(account);
        } else {
            requeue(lease, null, lastCheck);
        }
    }

    /** Removes and returns the requests that have timed out, by account. */
    Map<String, List<PendingRequest>> removeTimedOut(Instant now) {
        return requests.removeTimedOut(now);
    }

    /** Records the outcome of an attempt; returns the change that concerns all leases, if it makes one. */
    synchronized Optional<FleetEvent> record(Lease attempted, RenewalOutcome outcome) {
        return Optional.ofNullable(scheduler.record(attempted, outcome, registry::size));
    }

    /** Calls that leases will need within the next window, counted up to the weight limit. */
    synchronized int callsNeeded() {
        return scheduler.needed(clock.instant());
    }

    /** Calls that are due now, counted up to {@code most}; for keys that live and for first keys. */
    synchronized int callsDue(int most) {
        return scheduler.overdue(clock.instant(), most);
    }

    /** Whether a check of another lease notices more than a confirmation of the one that was just renewed. */
    synchronized boolean isCheckWorthMore() {
        return scheduler.isCheckWorthMore(clock.instant());
    }

    boolean isRecreationThrottled() {
        return scheduler.isRecreationThrottled();
    }

    /** Whether an attempt is in flight, or a caller waits for one. */
    synchronized boolean isAwaited(String account) {
        return owned.contains(account) || requests.first(account) != null;
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
