package dev.listenkeyd.renewal;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.budget.Permit;
import dev.listenkeyd.budget.Priority;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseState.Recovering;
import dev.listenkeyd.lease.LeaseState.Retrying;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.lease.RenewalOutcome.Skipped;
import dev.listenkeyd.renewal.DueQueue.Entry;
import dev.listenkeyd.renewal.DueQueue.Need;
import dev.listenkeyd.renewal.DueQueue.Pace;
import java.time.Duration;
import java.time.Instant;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Whose call leaves next: what is due, as far as gate and guard let it, and what may come early when there is weight to
 * spare. Not thread-safe: {@link Schedule} guards it, but for what says otherwise.
 */
final class CallScheduler {

    /** Assumed until the first call has been seen. */
    private static final Duration USUAL_CALL = Duration.ofMillis(100);

    /** One until used weight is free again, one for a call that fails and its retry. */
    private static final int WINDOWS_IN_RESERVE = 2;

    /** A call's share in the running mean of their durations. */
    private static final int SMOOTHING = 8;

    /** A key with less than this share of its life left is urgent: it goes ahead of politeness to our neighbours. */
    private static final int URGENT_SHARE = 6;

    /** Whose turn it is, with the gate's leave for the call. */
    record Turn(Entry entry, Permit permit) {}

    private final DueQueue queue = new DueQueue();
    private final ExchangeGate gate;
    private final RenewalPolicy policy;
    private final MassFailureGuard guard;
    private volatile Duration call = USUAL_CALL;

    CallScheduler(ExchangeGate gate, RenewalPolicy policy, LongSupplier nanoTime) {
        this.gate = gate;
        this.policy = policy;
        this.guard = new MassFailureGuard(nanoTime);
    }

    /** Puts a lease in its place, or takes it out when it waits for nothing. */
    void put(Lease lease) {
        Instant next = lease.state().nextAttemptAt();
        if (next == null) {
            queue.remove(lease.account());
        } else {
            put(lease, next, early(lease, next));
        }
    }

    /** Puts a lease in, due then, whatever it was due before. */
    void put(Lease lease, Instant due) {
        put(lease, due, due);
    }

    private void put(Lease lease, Instant due, Instant early) {
        queue.put(new Entry(lease.account(), due, early, need(lease), turn(lease)));
    }

    /** Takes out a lease that has ended. */
    void remove(String account) {
        queue.remove(account);
        guard.forget(account);
    }

    /** Takes out one lease whose deadline has passed; null when there is none. */
    @Nullable
    Entry takeExpired(Instant now) {
        return queue.takeExpired(now);
    }

    /**
     * Takes out the lease whose call leaves now, with the gate's leave; null when none may.
     *
     * @param asked whether somebody has asked for this account's attempt: that is no flood
     */
    @Nullable
    Turn take(Instant now, Predicate<String> asked) {
        if (gate.isShut()) {
            // Most of the time when weight is scarce: then nobody needs to know whose turn it would be.
            return null;
        }
        Entry due = firstDue(now, asked);
        if (due != null) {
            Turn turn = turn(due, priority(due, now), reserve(due, now));
            return turn == null ? urgentRenewal(due, now) : turn;
        }
        Entry key = guard.delay().compareTo(Duration.ZERO) > 0 ? null : queue.firstEarlyKey(now);
        Turn early = key == null ? null : turn(key, Priority.KEY, needed(now));
        Entry renewal = early == null ? queue.firstEarlyRenewal(now) : null;
        return renewal == null ? early : turn(renewal, Priority.EARLY, needed(now));
    }

    private @Nullable Turn turn(Entry entry, Priority priority, int reserve) {
        Permit permit = gate.tryAcquire(priority, reserve);
        if (permit == null) {
            return null;
        }
        queue.remove(entry.account());
        if (entry.need() == Need.RECREATION) {
            guard.recreating();
        }
        return new Turn(entry, permit);
    }

    private Priority priority(Entry entry, Instant now) {
        return isUrgent(entry.turn(), now) ? Priority.URGENT : Priority.DUE;
    }

    /** A call for a new key leaves the weight alone that keys need which die within the next window. */
    private int reserve(Entry due, Instant now) {
        return due.isLive() ? 0 : queue.dyingBy(now.plus(gate.budget().window()), gate.weightLimit());
    }

    /** Whose turn it is may not leave; a renewal that is urgent perhaps may. */
    private @Nullable Turn urgentRenewal(Entry refused, Instant now) {
        Entry renewal = queue.firstRenewal(now.plus(call));
        return renewal != null && !renewal.equals(refused) && isUrgent(renewal.turn(), now)
                ? turn(renewal, Priority.URGENT, 0)
                : null;
    }

    private @Nullable Entry firstDue(Instant now, Predicate<String> asked) {
        Pace pace = new Pace(call, gate.perSecond(), gate.budget().window().multipliedBy(WINDOWS_IN_RESERVE));
        Duration delay = guard.delay();
        Entry due = queue.firstDue(now, pace);
        while (delay.compareTo(Duration.ZERO) > 0
                && due != null
                && due.need() == Need.RECREATION
                && !asked.test(due.account())) {
            queue.put(due.dueAt(now.plus(delay)));
            due = queue.firstDue(now, pace);
        }
        return due;
    }

    /** Calls that leases will need within the next window, as far as that matters. */
    int needed(Instant now) {
        return queue.dueBy(now.plus(gate.budget().window()), gate.weightLimit());
    }

    /** Learns how long a call takes that works; any thread may tell. */
    void callTook(Duration took) {
        call = call.plus(took.minus(call).dividedBy(SMOOTHING));
    }

    /**
     * Learns what an attempt came to.
     *
     * @param leases how many there are in all
     * @return what has changed for the whole fleet, null when nothing has
     */
    @Nullable
    FleetEvent record(Lease attempted, RenewalOutcome outcome, IntSupplier leases) {
        Failure failure = outcome.failed();
        if (attempted.isLive() && failure != null && failure.reason() == Reason.NO_ACTIVE_KEY) {
            return guard.died(attempted.account(), leases.getAsInt());
        }
        boolean recreation = need(attempted) == Need.RECREATION && !(outcome instanceof Skipped);
        return recreation ? guard.recreated(failure == null) : null;
    }

    /** To be asked by any thread. */
    boolean isRecreationThrottled() {
        return guard.isSlowed();
    }

    /** What a due lease needs of its attempt. */
    private static Need need(Lease lease) {
        Failure failure = lease.lastFailure();
        if (!lease.isLive()) {
            return lease.isLost() && lease.onLoss() == OnLoss.RECREATE ? Need.RECREATION : Need.KEY;
        }
        boolean hopeless = lease.state() instanceof Retrying
                && failure != null
                && failure.reason().needsOperator();
        return hopeless ? Need.PERSON : Need.RENEWAL;
    }

    /** By when a lease wants its turn: its deadline; a key that is not alive stands as a renewal due now does. */
    private Instant turn(Lease lease) {
        Instant deadline = lease.expiresAt();
        if (deadline != null) {
            return deadline;
        }
        Instant since = lease.state() instanceof Recovering recovering
                ? recovering.at()
                : lease.registration().registeredAt();
        return since.plus(policy.ttl()).minus(policy.renewEvery());
    }

    /**
     * When the lease may be renewed while there is weight to spare: the same draw as for its next attempt, in
     * [100 %, 125 %] of renew-earliest, so that early renewals drift apart, too. Never after its next attempt.
     */
    private Instant early(Lease lease, Instant next) {
        ListenKey held = lease.key();
        if (held == null || !(lease.state() instanceof Active)) {
            return policy.soonest(lease, next);
        }
        double share = policy.renewEarliest().toNanos()
                / (RenewalPolicy.EARLIEST_SHARE * policy.renewEvery().toNanos());
        Instant early = held.lastSuccessAt().plus(Backoff.scaled(Duration.between(held.lastSuccessAt(), next), share));
        return early.isBefore(next) ? early : next;
    }

    /** Whether so little is left that the call goes ahead of politeness to our neighbours. */
    private boolean isUrgent(Instant turn, Instant now) {
        return Duration.between(now, turn).compareTo(policy.ttl().dividedBy(URGENT_SHARE)) < 0;
    }
}
