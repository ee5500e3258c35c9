package dev.listenkeyd.renewal;

import dev.listenkeyd.lease.AccountPause;
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
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Decides what an outcome means for a lease, by the policy. Pure functions: no clock, no I/O.
 *
 * @param doubt whether another replica may have renewed the lease meanwhile: then its deadline says nothing
 */
record LeaseTransitions(RenewalPolicy policy, BooleanSupplier doubt) {

    /** For leases that no other replica renews. */
    LeaseTransitions(RenewalPolicy policy) {
        this(policy, () -> false);
    }

    /**
     * The lease after this outcome, its next attempt included.
     *
     * @param now when the outcome is applied
     * @param dice in [0, 1)
     */
    Lease next(Lease lease, RenewalOutcome outcome, Instant now, DoubleSupplier dice) {
        return underPause(lease, unpaused -> unpausedNext(unpaused, outcome, now, dice));
    }

    private Lease unpausedNext(Lease lease, RenewalOutcome outcome, Instant now, DoubleSupplier dice) {
        if (outcome instanceof Renewed renewed) {
            return renewed(lease, renewed, now, dice);
        }
        return outcome instanceof Confirmed confirmed
                ? confirmed(lease, confirmed, now, dice)
                : failed(lease, failureOf(outcome), now, dice);
    }

    /** Changes the lease. A pause stays in force: the change is one of the state that goes on afterwards. */
    private static Lease underPause(Lease lease, UnaryOperator<Lease> change) {
        AccountPause pause = lease.pause();
        Lease changed = change.apply(lease.withState(lease.state().unpaused()));
        return pause == null ? changed : changed.withPause(pause);
    }

    /**
     * As {@link #next} after a check: one that finds the key alive moves the deadline, but its next renewal stays; one that
     * fails changes nothing, unless the exchange says that the key is dead.
     */
    Lease checked(Lease lease, RenewalOutcome outcome, Instant now, DoubleSupplier dice) {
        return underPause(lease, unpaused -> unpausedChecked(unpaused, outcome, now, dice));
    }

    private Lease unpausedChecked(Lease lease, RenewalOutcome outcome, Instant now, DoubleSupplier dice) {
        Failure failure = outcome.failed();
        if (failure != null && failure.reason() != Reason.NO_ACTIVE_KEY) {
            return lease;
        }
        Lease next = unpausedNext(lease, outcome, now, dice);
        ListenKey found = next.key();
        if (failure != null || found == null || !next.isLive() || next.generation() != lease.generation()) {
            return next;
        }
        Instant latest =
                active(found.lastSuccessAt(), found.expiresAt(), () -> 1.0).nextAttemptAt();
        // The exchange may have given it a shorter life.
        boolean inTime = lease.state() instanceof Active planned
                && !planned.nextAttemptAt().isAfter(latest);
        return next.withKey(
                next.generation(),
                found.checked(found.lastSuccessAt()),
                inTime ? lease.state() : next.state(),
                next.lastLoss());
    }

    /** The lease as time alone changes it: lost when its deadline has passed; otherwise resumed when its pause is over. */
    Lease expired(Lease lease, Instant now) {
        Instant deadline = lease.expiresAt();
        if (deadline != null && !now.isBefore(deadline)) {
            return underPause(lease, unpaused -> lost(unpaused, LossCause.EXPIRED, recovering(now), now));
        }
        AccountPause pause = lease.pause();
        return pause != null && !now.isBefore(pause.until()) ? lease.resumed(now) : lease;
    }

    private Lease renewed(Lease lease, Renewed renewed, Instant now, DoubleSupplier dice) {
        ListenKey held = lease.key();
        if (held == null) {
            // A PUT names no key, and there was none before: a POST must ask.
            return lease.withState(
                    new Pending(now.plus(policy.retryMin()), lease.state().failures(), adopted(lease)));
        }
        Instant expiresAt = deadline(renewed.sentAt(), null);
        ListenKey extended =
                new ListenKey(held.value(), renewed.sentAt(), held.confirmedAt(), held.checkedAt(), expiresAt);
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
        Instant checkedAt = other || lease.key() == null ? null : lease.key().checkedAt();
        ListenKey held = new ListenKey(confirmed.key(), confirmed.sentAt(), confirmed.sentAt(), checkedAt, expiresAt);
        return lease.withKey(
                generation, held, active(confirmed.sentAt(), expiresAt, dice), recovered(before, confirmed.key(), now));
    }

    private Lease failed(Lease lease, Failure failure, Instant now, DoubleSupplier dice) {
        int failures = lease.state().failures() + 1;
        Instant deadline = lease.expiresAt();
        Instant next = now.plus(policy.backoff().gap(failures, failure.reason(), now, deadline, dice.getAsDouble()));
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
        boolean late = !now.isBefore(deadline) && !doubt.getAsBoolean();
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
        return new Recovering(now.plus(policy.retryMin()), 0, now);
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
        double share = Math.min(1.0, (double) life.toNanos() / policy.ttl().toNanos());
        double drawn = RenewalPolicy.EARLIEST_SHARE + (1 - RenewalPolicy.EARLIEST_SHARE) * dice.getAsDouble();
        Duration wait = Backoff.scaled(policy.renewEvery(), share * drawn);
        return new Active(sentAt.plus(wait.compareTo(policy.retryMin()) < 0 ? policy.retryMin() : wait));
    }

    /** The only definition of a deadline. An expiration that is already over is ignored: the clocks differ. */
    private Instant deadline(Instant sentAt, @Nullable Instant expiration) {
        Instant ours = sentAt.plus(policy.ttl());
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
}
