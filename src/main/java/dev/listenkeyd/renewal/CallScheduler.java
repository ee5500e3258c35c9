package dev.listenkeyd.renewal;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.budget.Permit;
import dev.listenkeyd.budget.Priority;
import dev.listenkeyd.lease.AccountPause;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Recovering;
import dev.listenkeyd.lease.LeaseState.Retrying;
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
 * Chooses the next call: a due one as far as the gate and the guard permit, otherwise, while there is spare weight, the early retry of a lost key or a check. Not thread-safe, unless a method says so: {@link Schedule} guards it.
 */
final class CallScheduler {

    /** One window until used weight is free again, one for a failed call and its retry. */
    private static final int WINDOWS_IN_RESERVE = 2;

    /** A key with less than a sixth of its life left is urgent: its call may use part of the headroom for others. */
    private static final int URGENT_SHARE = 6;

    private static final int OVERDUE_SHARE = 4;

    private static final Duration CATCH_UP = Duration.ofSeconds(1);

    /** The next call, with its permit. */
    record ScheduledCall(Entry entry, Permit permit, boolean isCheck) {}

    private final DueQueue queue = new DueQueue();
    private final ExchangeGate gate;
    private final RenewalPolicy policy;
    private final MassFailureGuard guard;
    private final LongSupplier nanoTime;
    /** Monotonic time from which the next check may leave. */
    private long nextCheck;

    CallScheduler(ExchangeGate gate, RenewalPolicy policy, LongSupplier nanoTime) {
        this.gate = gate;
        this.policy = policy;
        this.guard = new MassFailureGuard(nanoTime);
        this.nanoTime = nanoTime;
        this.nextCheck = nanoTime.getAsLong();
    }

    /**
     * Queues a lease by its next attempt, or removes it when it has none.
     *
     * @param lastCheck when the lease was last checked; null when unknown
     */
    void put(Lease lease, @Nullable Instant lastCheck) {
        Instant next = lease.state().nextAttemptAt();
        if (lease.pause() != null) {
            putDue(lease, lease.pause().until());
        } else if (next == null) {
            queue.remove(lease.account());
        } else {
            Instant due = lastCheck == null ? next : latest(next, lastCheck.plus(policy.retryMin()));
            put(lease, due, early(lease, due, lastCheck));
        }
    }

    /** Queues a lease, due at the given instant; a paused one until its pause ends. */
    void putDue(Lease lease, Instant due) {
        put(lease, due, due);
    }

    private void put(Lease lease, Instant due, Instant early) {
        AccountPause pause = lease.pause();
        if (pause != null) {
            Instant deadline = lease.expiresAt();
            Instant end = deadline != null && deadline.isBefore(pause.until()) ? deadline : pause.until();
            queue.put(new Entry(lease.account(), end, end, Need.PAUSE, end));
            // No recreation of it will tell whether keys live again: it must not throttle the others for so long.
            guard.forget(lease.account());
            return;
        }
        queue.put(new Entry(lease.account(), due, early, need(lease), deadline(lease)));
    }

    /** Removes a lease that has ended. */
    void remove(String account) {
        queue.remove(account);
        guard.forget(account);
    }

    /** Removes and returns one lease whose deadline has passed, or whose pause is over; or null. */
    @Nullable
    Entry takeExpired(Instant now) {
        return queue.takeExpired(now);
    }

    /**
     * Removes and returns the lease whose call leaves now; null when none may.
     *
     * @param asked whether a caller has requested the account's attempt: such a recreation is not throttled
     */
    @Nullable
    ScheduledCall take(Instant now, Predicate<String> asked) {
        if (gate.isShut()) {
            // The common case when weight is scarce, answered without searching the queue.
            return null;
        }
        Entry due = firstDue(now, asked);
        if (due != null) {
            ScheduledCall call = schedule(due, priority(due, now), reserve(due, now));
            return call == null ? urgentRenewal(due, now) : call;
        }
        Entry key = guard.delay().compareTo(Duration.ZERO) > 0 ? null : queue.firstEarlyKey(now);
        ScheduledCall early = key == null ? null : schedule(key, Priority.KEY, needed(now));
        return early == null ? check(now) : early;
    }

    /** The next check. None leaves while recreation is throttled, since a check by POST creates a key where none lives. */
    private @Nullable ScheduledCall check(Instant instant) {
        boolean away = gate.isAway();
        Entry entry = guard.isThrottled() || nanoTime.getAsLong() - nextCheck < 0
                ? null
                : queue.firstCheck(instant, instant.plus(policy.retryMin()));
        // While the exchange is unreachable a rare one finds out that it is back, even if no renewal is due.
        Priority priority = away ? Priority.KEY : Priority.CHECK;
        ScheduledCall check = entry == null ? null : schedule(entry, priority, needed(instant));
        if (check != null) {
            long pace = away
                    ? policy.retryMax().toNanos()
                    : gate.budget().window().toNanos() / Priority.checksPerWindow(gate.weightLimit());
            long now = nanoTime.getAsLong();
            // A tick comes once a second: so much may be caught up on, and no more, which would be a burst.
            nextCheck = (now - nextCheck > CATCH_UP.toNanos() ? now : nextCheck) + pace;
        }
        return check == null ? null : new ScheduledCall(check.entry(), check.permit(), true);
    }

    /**
     * Whether a check of another lease notices more than a confirmation of this one: a lease has waited for its check for
     * long, and with the weight that renewals leave to checks, all are checked more often than they are renewed.
     */
    boolean isCheckWorthMore(Instant now) {
        Duration every = policy.checkEvery();
        if (every == null
                || guard.isThrottled()
                || queue.firstCheck(now.minus(every.dividedBy(OVERDUE_SHARE)), now) == null) {
            return false;
        }
        double renewals = queue.size()
                * (double) gate.budget().window().toNanos()
                / policy.meanInterval().toNanos();
        return Priority.checksPerWindow(gate.weightLimit()) - renewals > renewals;
    }

    private @Nullable ScheduledCall schedule(Entry entry, Priority priority, int reserve) {
        Permit permit = gate.tryAcquire(priority, reserve);
        if (permit == null) {
            return null;
        }
        queue.remove(entry.account());
        if (entry.need() == Need.RECREATION) {
            guard.recreating();
        }
        return new ScheduledCall(entry, permit, false);
    }

    private Priority priority(Entry entry, Instant now) {
        return isUrgent(entry, now) ? Priority.URGENT : Priority.DUE;
    }

    /** A call for a new key spares the weight of keys that die within the next window. */
    private int reserve(Entry due, Instant now) {
        return due.isLive() ? 0 : queue.dyingBy(now.plus(gate.budget().window()), gate.weightLimit());
    }

    /** When the first call may not leave, an urgent renewal still may. */
    private @Nullable ScheduledCall urgentRenewal(Entry refused, Instant now) {
        Entry renewal = queue.firstRenewal(now.plus(gate.meanCallTime()));
        return renewal != null && !renewal.equals(refused) && isUrgent(renewal, now)
                ? schedule(renewal, Priority.URGENT, 0)
                : null;
    }

    private @Nullable Entry firstDue(Instant now, Predicate<String> asked) {
        Pace pace = new Pace(
                gate.meanCallTime(), gate.perSecond(), gate.budget().window().multipliedBy(WINDOWS_IN_RESERVE));
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

    /** Calls that leases will need within the next window, counted up to the weight limit. */
    int needed(Instant now) {
        return queue.dueBy(now.plus(gate.budget().window()), gate.weightLimit());
    }

    /** Calls that are due now, counted up to {@code most}; for keys that live and for first keys. */
    int overdue(Instant now, int most) {
        return queue.overdue(now, most);
    }

    /**
     * Records the outcome of an attempt.
     *
     * @param leases number of all leases
     * @return the change that concerns all leases, or null
     */
    @Nullable
    FleetEvent record(Lease attempted, RenewalOutcome outcome, IntSupplier leases) {
        Failure failure = outcome.failed();
        boolean died = attempted.isLive() && failure != null && failure.reason() == Reason.NO_ACTIVE_KEY;
        if (died && attempted.onLoss() == OnLoss.RECREATE) {
            return guard.died(attempted.account(), leases.getAsInt());
        }
        boolean recreation = need(attempted) == Need.RECREATION && !(outcome instanceof Skipped);
        return recreation ? guard.recreated(failure == null) : null;
    }

    /** Callable from any thread. */
    boolean isRecreationThrottled() {
        return guard.isThrottled();
    }

    /** The goal of the next attempt for this lease. */
    private static Need need(Lease lease) {
        Failure failure = lease.lastFailure();
        if (!lease.isLive()) {
            return lease.isLost() && lease.onLoss() == OnLoss.RECREATE ? Need.RECREATION : Need.KEY;
        }
        boolean hopeless = lease.state() instanceof Retrying
                && failure != null
                && failure.reason().needsOperator();
        return hopeless ? Need.OPERATOR : Need.RENEWAL;
    }

    /** The deadline of the live key. A lease without one ranks like a renewal that was due when it lost its key. */
    private Instant deadline(Lease lease) {
        Instant deadline = lease.expiresAt();
        if (deadline != null) {
            return deadline;
        }
        Instant since = lease.state() instanceof Recovering recovering
                ? recovering.at()
                : lease.registration().registeredAt();
        return since.plus(policy.ttl()).minus(policy.renewEvery());
    }

    private static Instant latest(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }

    /** When a call for the lease may leave with spare weight; never after its next attempt. */
    private Instant early(Lease lease, Instant next, @Nullable Instant lastCheck) {
        Instant early = lease.isLive() ? policy.nextCheck(lease, lastCheck) : policy.soonest(lease, next);
        return early != null && early.isBefore(next) ? early : next;
    }

    /** Whether so little time is left that the call may use part of the headroom for others. */
    private boolean isUrgent(Entry entry, Instant now) {
        return entry.left(now).compareTo(policy.ttl().dividedBy(URGENT_SHARE)) < 0;
    }
}
