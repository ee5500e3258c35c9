package dev.listenkeyd.renewal;

import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseState.Lost;
import dev.listenkeyd.lease.LeaseState.Pending;
import dev.listenkeyd.lease.LeaseState.Recovering;
import dev.listenkeyd.lease.LeaseState.Retrying;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.Loss;
import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.lease.RenewalOutcome.Confirmed;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import dev.listenkeyd.lease.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides what an outcome means for a lease, and when its next attempt is due. Pure functions: no clock, no I/O.
 *
 * @param ttl life of a key after a successful call
 * @param renewEvery latest next renewal; the actual one is drawn in [80 %, 100 %] of it
 * @param renewEarliest a renewal may come this early with spare weight; equal to {@code renewEvery}: never early
 * @param retryMin smallest gap between two attempts of one account
 * @param retryMax largest gap after a failure that may pass by itself
 * @param attemptsKept backoff shrinks so that this many attempts stay before the deadline
 */
public record RenewalPolicy(
        Duration ttl,
        Duration renewEvery,
        Duration renewEarliest,
        Duration retryMin,
        Duration retryMax,
        int attemptsKept) {

    /** A renewal is due after a random share of renew-every, at least this, so that leases spread. */
    static final double EARLIEST_SHARE = 0.8;

    /**
     * With spare weight, a lease without a live key is retried this long after a failure, so that a new key is there within 2 s of the exchange's return.
     */
    static final Duration KEY_RETRY = Duration.ofMillis(1500);

    private static final int MAX_ATTEMPTS_KEPT = 100;

    /** @throws IllegalArgumentException naming everything that is wrong with the numbers */
    public RenewalPolicy {
        List<String> wrong = violations(ttl, renewEvery, renewEarliest, retryMin, retryMax, attemptsKept);
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", wrong));
        }
    }

    /** All violations, as sentences; empty for a valid policy. */
    public static List<String> violations(
            Duration ttl,
            Duration renewEvery,
            Duration renewEarliest,
            Duration retryMin,
            Duration retryMax,
            int attemptsKept) {
        List<String> wrong = new ArrayList<>();
        require(wrong, ttl.compareTo(Backoff.LAST_CALL) > 0, "lease.ttl must be longer than 2s");
        require(wrong, isPositive(renewEvery), "lease.renew-every must be longer than 0");
        require(wrong, renewEvery.compareTo(ttl) < 0, "lease.renew-every must be shorter than lease.ttl");
        boolean between = renewEarliest.compareTo(retryMin) >= 0 && renewEarliest.compareTo(renewEvery) <= 0;
        require(
                wrong,
                between || renewEarliest.equals(renewEvery),
                "lease.renew-earliest must lie between lease.retry-min and lease.renew-every");
        require(wrong, isPositive(retryMin), "lease.retry-min must be longer than 0");
        require(wrong, retryMin.compareTo(retryMax) <= 0, "lease.retry-min must not exceed lease.retry-max");
        boolean countable = attemptsKept >= 1 && attemptsKept <= MAX_ATTEMPTS_KEPT;
        require(wrong, countable, "lease.attempts-kept must be from 1 to " + MAX_ATTEMPTS_KEPT);
        if (countable && isPositive(retryMin) && renewEvery.compareTo(ttl) < 0) {
            require(
                    wrong,
                    retryMin.multipliedBy(attemptsKept).compareTo(ttl.minus(renewEvery)) <= 0,
                    "lease.attempts-kept attempts, lease.retry-min apart, must fit between lease.renew-every and"
                            + " lease.ttl");
        }
        return wrong;
    }

    private static boolean isPositive(Duration duration) {
        return duration.compareTo(Duration.ZERO) > 0;
    }

    private static void require(List<String> wrong, boolean holds, String sentence) {
        if (!holds) {
            wrong.add(sentence);
        }
    }

    /**
     * The lease after this outcome, its next attempt included.
     *
     * @param now when the outcome is applied
     * @param dice in [0, 1)
     */
    Lease next(Lease lease, RenewalOutcome outcome, Instant now, DoubleSupplier dice) {
        Lease next;
        if (outcome instanceof Renewed renewed) {
            next = renewed(lease, renewed, now, dice);
        } else if (outcome instanceof Confirmed confirmed) {
            next = confirmed(lease, confirmed, now, dice);
        } else {
            next = failed(lease, failureOf(outcome), now, dice);
        }
        return next;
    }

    /** The lease; lost if its deadline has passed. */
    Lease expired(Lease lease, Instant now) {
        Instant deadline = lease.expiresAt();
        boolean over = deadline != null && !now.isBefore(deadline);
        return over ? lost(lease, LossCause.EXPIRED, recovering(now), now) : lease;
    }

    private Lease renewed(Lease lease, Renewed renewed, Instant now, DoubleSupplier dice) {
        ListenKey held = lease.key();
        if (held == null) {
            // A PUT names no key, and there was none before: a POST must ask.
            return lease.withState(new Pending(now.plus(retryMin), lease.state().failures(), adopted(lease)));
        }
        Instant expiresAt = deadline(renewed.sentAt(), null);
        ListenKey extended = new ListenKey(held.value(), renewed.sentAt(), held.confirmedAt(), expiresAt);
        return lease.withKey(
                lease.generation(),
                extended,
                active(renewed.sentAt(), expiresAt, dice),
                recovered(lease, held.value(), now));
    }

    private Lease confirmed(Lease lease, Confirmed confirmed, Instant now, DoubleSupplier dice) {
        Secret ours = lease.key() == null ? adopted(lease) : lease.key().value();
        boolean other = ours != null && !ours.equals(confirmed.key());
        if (other && lease.onLoss() == OnLoss.REPORT) {
            return lost(lease, LossCause.CLOSED_ELSEWHERE, new Lost(now), now);
        }
        Lease before = other && !lease.isLost()
                ? lost(lease, LossCause.CLOSED_ELSEWHERE, new Recovering(now, 0, now), now)
                : lease;
        int generation = ours == null || other ? lease.generation() + 1 : lease.generation();
        Instant expiresAt = deadline(confirmed.sentAt(), confirmed.expiration());
        ListenKey held = new ListenKey(confirmed.key(), confirmed.sentAt(), confirmed.sentAt(), expiresAt);
        return lease.withKey(
                generation, held, active(confirmed.sentAt(), expiresAt, dice), recovered(before, confirmed.key(), now));
    }

    private Lease failed(Lease lease, Failure failure, Instant now, DoubleSupplier dice) {
        int failures = lease.state().failures() + 1;
        Instant deadline = lease.expiresAt();
        Instant next = now.plus(backoff().gap(failures, failure.reason(), now, deadline, dice.getAsDouble()));
        boolean keyIsDead = failure.reason() == Reason.NO_ACTIVE_KEY;
        if (lease.state() instanceof Pending pending) {
            return keyIsDead && pending.adopted() != null
                    ? lost(lease.withFailure(pending, failure), LossCause.CLOSED_ELSEWHERE, afterDeath(lease, now), now)
                    : lease.withFailure(new Pending(next, failures, pending.adopted()), failure);
        }
        if (lease.state() instanceof Recovering recovering) {
            boolean hopeless = keyIsDead && lease.onLoss() == OnLoss.REPORT;
            return lease.withFailure(
                    hopeless ? new Lost(recovering.at()) : new Recovering(next, failures, recovering.at()), failure);
        }
        if (lease.state() instanceof Lost lost) {
            // A caller requested this attempt; more follow only with onLoss recreate.
            boolean more = lease.onLoss() == OnLoss.RECREATE;
            return lease.withFailure(more ? new Recovering(next, failures, lost.at()) : lost, failure);
        }
        if (deadline == null) {
            throw new IllegalStateException("a live lease without a deadline");
        }
        boolean late = !now.isBefore(deadline);
        if (late || keyIsDead) {
            return lost(
                    lease.withFailure(lease.state(), failure),
                    late ? LossCause.EXPIRED : LossCause.CLOSED_ELSEWHERE,
                    keyIsDead ? afterDeath(lease, now) : recovering(now),
                    now);
        }
        Instant since = lease.state() instanceof Retrying retrying ? retrying.since() : now;
        return lease.withFailure(new Retrying(next, failures, since), failure);
    }

    /** The state of a lost lease after the exchange has said that the key is dead. */
    private LeaseState afterDeath(Lease lease, Instant now) {
        return lease.onLoss() == OnLoss.REPORT ? new Lost(now) : recovering(now);
    }

    private LeaseState recovering(Instant now) {
        return new Recovering(now.plus(retryMin), 0, now);
    }

    private Lease lost(Lease lease, LossCause cause, LeaseState after, Instant now) {
        ListenKey held = lease.key();
        Secret key = held == null ? adopted(lease) : held.value();
        if (lease.isLost() || key == null) {
            return lease.withState(after);
        }
        Instant lostAt = held == null ? lease.registration().registeredAt() : held.knownAliveAt();
        // With the version of the lease after this change, which is one more.
        Loss loss = new Loss(lease.version() + 1, cause, lostAt, now, null, key.fingerprint(), null);
        return lease.withLoss(after, loss);
    }

    private Active active(Instant sentAt, Instant expiresAt, DoubleSupplier dice) {
        Duration life = Duration.between(sentAt, expiresAt);
        // With an earlier deadline of the exchange, the renewal comes earlier in proportion.
        double share = Math.min(1.0, (double) life.toNanos() / ttl.toNanos());
        double drawn = EARLIEST_SHARE + (1 - EARLIEST_SHARE) * dice.getAsDouble();
        Duration wait = Backoff.scaled(renewEvery, share * drawn);
        return new Active(sentAt.plus(wait.compareTo(retryMin) < 0 ? retryMin : wait));
    }

    /** The only definition of a deadline. An expiration that is already over is ignored: the clocks differ. */
    private Instant deadline(Instant sentAt, @Nullable Instant expiration) {
        Instant ours = sentAt.plus(ttl);
        return expiration != null && expiration.isBefore(ours) && expiration.isAfter(sentAt) ? expiration : ours;
    }

    private static @Nullable Loss recovered(Lease lease, Secret key, Instant now) {
        return lease.lastLoss() == null ? null : lease.lastLoss().recovered(now, key);
    }

    private static @Nullable Secret adopted(Lease lease) {
        return lease.state() instanceof Pending pending ? pending.adopted() : null;
    }

    private static Failure failureOf(RenewalOutcome outcome) {
        Failure failure = outcome.failed();
        if (failure == null) {
            throw new IllegalArgumentException("not a failure");
        }
        return failure;
    }

    /** Average time between two renewals of a lease. */
    public Duration meanInterval() {
        return Backoff.scaled(renewEvery, (1 + EARLIEST_SHARE) / 2);
    }

    /** Request weight per window that renewing this many leases takes. */
    public double weightNeeded(int leases, Confirmation confirmation, Duration window) {
        return (double) leases * confirmation.callsPerRenewal() * window.toNanos() / renewEvery.toNanos();
    }

    public Backoff backoff() {
        return new Backoff(retryMin, retryMax, attemptsKept);
    }

    /**
     * The earliest start of the next attempt with spare weight. It is before {@code next} only for a lease without a live key, whose consumers receive nothing meanwhile.
     */
    public Instant soonest(Lease lease, Instant next) {
        Failure failure = lease.lastFailure();
        boolean wantsKey = lease.isPending() || (lease.isLost() && lease.onLoss() == OnLoss.RECREATE);
        if (!wantsKey
                || failure == null
                || lease.state().failures() == 0
                || failure.reason().needsOperator()) {
            return next;
        }
        Instant soonest = failure.at().plus(KEY_RETRY.compareTo(retryMin) < 0 ? retryMin : KEY_RETRY);
        return soonest.isBefore(next) ? soonest : next;
    }

    /**
     * When a failed lease is retried after the exchange has returned: at once, but not before retry-min after its last attempt. Null when its next attempt stays as it is.
     */
    @Nullable
    Instant retryAfterReturn(Lease lease, Instant now) {
        Instant next = lease.state().nextAttemptAt();
        Failure failure = lease.lastFailure();
        if (next == null
                || failure == null
                || lease.state().failures() == 0
                || !failure.reason().isNoAnswer()) {
            return null;
        }
        Instant soonest = failure.at().plus(retryMin);
        Instant retry = soonest.isAfter(now) ? soonest : now;
        return retry.isBefore(next) ? retry : null;
    }
}
