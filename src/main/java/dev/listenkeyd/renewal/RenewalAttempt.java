package dev.listenkeyd.renewal;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.budget.Permit;
import dev.listenkeyd.budget.Priority;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseGateway;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.lease.RenewalOutcome.Confirmed;
import dev.listenkeyd.lease.RenewalOutcome.Failed;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import dev.listenkeyd.lease.RenewalOutcome.Skipped;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.renewal.PendingRequests.Kind;
import dev.listenkeyd.renewal.PendingRequests.PendingRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One attempt for one lease: the calls it makes, and the change of the lease that follows. It starts with the permit for its first call; each further call needs its own.
 */
final class RenewalAttempt {
    private static final String NO_WEIGHT = "no weight left to ask which key is active";

    private final LeaseRegistry registry;
    private final ExchangeGate gate;
    private final LeaseGateway gateway;
    private final LeaseTransitions transitions;
    private final Confirmation confirmation;
    private final EngineContext context;

    RenewalAttempt(
            LeaseRegistry registry,
            ExchangeGate gate,
            LeaseGateway gateway,
            LeaseTransitions transitions,
            Confirmation confirmation,
            EngineContext context) {
        this.registry = registry;
        this.gate = gate;
        this.gateway = gateway;
        this.transitions = transitions;
        this.confirmation = confirmation;
        this.context = context;
    }

    /** The outcome of a call, and its duration. */
    private record Reply(RenewalOutcome outcome, Duration took) {
        boolean succeeded() {
            return outcome.failed() == null;
        }

        boolean saysWhetherAlive() {
            Failure failure = outcome.failed();
            return failure == null || failure.reason() == Reason.NO_ACTIVE_KEY;
        }
    }

    /**
     * Makes the requested attempt; a renewal when there is no request.
     *
     * @return complete when the calls are made; for a close, when the end of the lease is on disk or could not be written. Until then the lease must stay out of the queue
     */
    CompletionStage<RenewalOutcome> fulfil(
            @Nullable PendingRequest request, Lease lease, Permit permit, Duration lateness, Schedule schedule) {
        if (request != null && request.kind() == Kind.CLOSE) {
            return close(lease, permit);
        }
        return CompletableFuture.completedFuture(
                request == null || request.kind() == Kind.RENEW
                        ? renew(lease, permit, lateness, schedule)
                        : ask(lease, permit, request.apiKey()));
    }

    /**
     * @param permit for the first call
     * @param lateness delay from the due time to the start of this attempt
     * @param schedule tells what other leases need: a second call spares their weight
     * @return the outcome that decided
     */
    private RenewalOutcome renew(Lease lease, Permit permit, Duration lateness, Schedule schedule) {
        if (!lease.isLive()) {
            return obtain(lease, permit, lateness, schedule);
        }
        Reply extended = call(gateway::extend, lease, permit);
        conclude(lease, extended, lateness);
        if (extended.succeeded()) {
            confirm(lease, schedule);
        }
        return extended.outcome();
    }

    private void confirm(Lease lease, Schedule schedule) {
        // With onLoss report, no check finds out that another key has taken the place of this one.
        boolean isChecked = lease.onLoss() == OnLoss.RECREATE;
        if (confirmation == Confirmation.AUTO && isChecked && schedule.isCheckWorthMore()) {
            return;
        }
        try (Permit second = secondPermit(lease, schedule)) {
            if (second == null) {
                return;
            }
            Reply named = call(gateway::activeKey, lease, second);
            if (named.outcome() instanceof Confirmed) {
                conclude(lease, named, null);
            } else {
                // The renewal itself succeeded; a failed confirmation does not undo it.
                observe(lease, named, false);
                schedule.confirmationFailed(lease.account());
            }
        }
    }

    /**
     * Checks a live key between two renewals, by POST; with onLoss report by PUT, which creates nothing but can't tell that
     * another key has taken the place of this one.
     */
    RenewalOutcome check(Lease lease, Permit permit) {
        Reply reply = call(mayCreate(lease) ? gateway::activeKey : gateway::extend, lease, permit);
        if (reply.saysWhetherAlive()) {
            apply(lease, reply, null, true);
        } else {
            observe(lease, reply, true);
        }
        return reply.outcome();
    }

    /** Asks which key is active; with another API key than the lease's own (null) only to learn whether that works. */
    private RenewalOutcome ask(Lease lease, Permit permit, @Nullable Secret apiKey) {
        if (apiKey != null) {
            return tryOut(lease, permit, apiKey);
        }
        Reply reply = nameKey(lease, permit);
        if (reply.saysWhetherAlive()) {
            conclude(lease, reply, null);
        } else {
            observe(lease, reply, false);
        }
        return reply.outcome();
    }

    /** Tries another API key than the lease's own; changes nothing. */
    private RenewalOutcome tryOut(Lease lease, Permit permit, Secret apiKey) {
        Reply reply = nameKey(lease.withRegistration(lease.registration().withApiKey(apiKey)), permit);
        observe(lease, reply, false);
        return reply.outcome();
    }

    /** Closes the key at the exchange and ends the lease. */
    private CompletionStage<RenewalOutcome> close(Lease lease, Permit permit) {
        Reply reply = call(gateway::close, lease, permit);
        observe(lease, reply, false);
        if (!reply.succeeded()) {
            return CompletableFuture.completedFuture(reply.outcome());
        }
        return registry.remove(lease).handle((removed, failure) -> {
            if (failure != null) {
                Reply unwritten = dead("closed, but its end could not be written");
                conclude(lease, unwritten, null);
                return unwritten.outcome();
            }
            return reply.outcome();
        });
    }

    private Reply dead(String why) {
        Instant now = context.clock().instant();
        return new Reply(new Failed(new Failure(now, Reason.NO_ACTIVE_KEY, null, null, why)), Duration.ZERO);
    }

    /** Gets a key for a lease that has none alive. */
    private RenewalOutcome obtain(Lease lease, Permit permit, Duration lateness, Schedule schedule) {
        boolean first = lease.isPending();
        Reply named = nameKey(lease, permit);
        Lease after = conclude(lease, named, lateness);
        if (first && after != null && after.isLive()) {
            extendAtOnce(after, schedule);
        }
        return named.outcome();
    }

    /** Sends the first PUT at once: a PUT that fails must not be discovered half an hour later. */
    private void extendAtOnce(Lease lease, Schedule schedule) {
        try (Permit second = secondPermit(lease, schedule)) {
            if (second != null) {
                conclude(lease, call(gateway::extend, lease, second), null);
            }
        }
    }

    /** Asks for the active key by POST, which creates one if there is none; with onLoss report only after a PUT has found one. */
    private Reply nameKey(Lease lease, Permit permit) {
        if (mayCreate(lease)) {
            return call(gateway::activeKey, lease, permit);
        }
        if (!gate.hasRoom()) {
            // A PUT without the POST would be useless, and take weight from renewals.
            permit.release();
            return skipped(Duration.ZERO, NO_WEIGHT);
        }
        Reply extended = call(gateway::extend, lease, permit);
        if (!extended.succeeded()) {
            return extended;
        }
        if (isPaused(lease)) {
            return skipped(extended.took(), "the account was paused before it was asked which key is active");
        }
        try (Permit second = gate.tryAcquire(Priority.URGENT, 0)) {
            return second == null ? skipped(extended.took(), NO_WEIGHT) : call(gateway::activeKey, lease, second);
        }
    }

    private Reply skipped(Duration took, String what) {
        Instant now = context.clock().instant();
        return new Reply(new Skipped(new Failure(now, Reason.BUDGET, null, null, what)), took);
    }

    private static boolean mayCreate(Lease lease) {
        boolean firstKey = lease.generation() == 0;
        return lease.onLoss() == OnLoss.RECREATE || firstKey;
    }

    /** Whether a pause has begun since the attempt began: then no further call of it leaves. */
    private boolean isPaused(Lease lease) {
        Lease now = registry.find(lease.account());
        return now != null && now.pause() != null;
    }

    private @Nullable Permit secondPermit(Lease lease, Schedule schedule) {
        if (isPaused(lease)) {
            return null;
        }
        return switch (confirmation) {
            case NEVER -> null;
            case ALWAYS -> gate.tryAcquire(Priority.EXTRA, schedule.callsNeeded());
            case AUTO -> gate.tryAcquire(Priority.SPARE, schedule.callsNeeded());
        };
    }

    private Reply call(Function<Lease, RenewalOutcome> method, Lease lease, Permit permit) {
        long started = context.nanoTime().getAsLong();
        RenewalOutcome outcome;
        try {
            outcome = method.apply(lease);
        } catch (RuntimeException | Error e) {
            // A defect in one call must not stop the renewals of all other leases.
            context.fleetEvents().accept(new FleetEvent.CallBroke(e));
            Instant now = context.clock().instant();
            String what = "unexpected " + e.getClass().getName();
            outcome = new Failed(new Failure(now, Reason.UNREACHABLE, null, null, what));
        }
        Duration took = Duration.ofNanos(context.nanoTime().getAsLong() - started);
        permit.settle(outcome).forEach(context.fleetEvents());
        return new Reply(outcome, took);
    }

    /** When the clock was set back during the call, the deadline must not be computed from the old time. */
    private static RenewalOutcome sentNoLaterThan(Instant latest, RenewalOutcome outcome) {
        Instant tolerated = latest.plus(ClockWatch.TOLERATED);
        if (outcome instanceof Renewed renewed && renewed.sentAt().isAfter(tolerated)) {
            return new Renewed(latest);
        }
        if (outcome instanceof Confirmed confirmed && confirmed.sentAt().isAfter(tolerated)) {
            return new Confirmed(latest, confirmed.key(), confirmed.expiration());
        }
        return outcome;
    }

    /** Applies a reply to the lease as it is now; null when the lease has ended meanwhile. */
    private @Nullable Lease conclude(Lease lease, Reply reply, @Nullable Duration lateness) {
        return apply(lease, reply, lateness, false);
    }

    private @Nullable Lease apply(Lease lease, Reply reply, @Nullable Duration lateness, boolean isCheck) {
        Instant now = context.clock().instant();
        // Compared with the same instant: the clock may have been set back since the call or the reply.
        RenewalOutcome outcome = sentNoLaterThan(now.minus(reply.took()), reply.outcome());
        return registry.change(
                lease,
                current -> isCheck
                        ? transitions.checked(current, outcome, now, context.dice())
                        : transitions.next(current, outcome, now, context.dice()),
                new Cause(outcome, now, lateness, reply.took(), isCheck));
    }

    private void observe(Lease lease, Reply reply, boolean isCheck) {
        registry.observe(lease, new Cause(reply.outcome(), context.clock().instant(), null, reply.took(), isCheck));
    }
}
