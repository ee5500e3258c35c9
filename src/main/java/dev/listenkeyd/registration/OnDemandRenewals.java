package dev.listenkeyd.registration;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.forecast.Conditions;
import dev.listenkeyd.forecast.Descriptions;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.Pause;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.renewal.RenewalEngine;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Renewals requested by callers. A refusal is a {@link LeaseRefused}, thrown or in the returned stage. Nothing blocks. Thread-safe.
 */
public final class OnDemandRenewals {

    /**
     * The result of a requested renewal.
     *
     * @param attempted whether a call was made
     * @param failure of this call or, without one, of the last; null after a success
     */
    public record Renewal(
            Lease lease, boolean attempted, @Nullable Failure failure) {}

    private final Leases leases;
    private final RenewalEngine engine;
    private final ExchangeGate gate;
    private final InstantSource clock;
    private final Duration patience;

    /** @param patience longest wait for the exchange */
    public OnDemandRenewals(
            Leases leases, RenewalEngine engine, ExchangeGate gate, InstantSource clock, Duration patience) {
        this.leases = leases;
        this.engine = engine;
        this.gate = gate;
        this.clock = clock;
        this.patience = patience;
    }

    /** Makes one attempt, as soon as the gate permits. */
    public CompletionStage<Renewal> renew(String account) {
        requireCalls(account);
        return attempt(account);
    }

    /**
     * As {@link #renew}, for callers that ask too often. Makes no attempt when the last success is younger than {@code age}, or when the retry of a failed attempt is due within it, since another failure would postpone the retry.
     *
     * @throws LeaseRefused also when due renewals need the remaining weight
     */
    public CompletionStage<Renewal> renewUnlessFresh(String account, Duration age) {
        Lease lease = requireCalls(account);
        Instant now = clock.instant();
        ListenKey key = lease.key();
        if (lease.isLive() && key != null && now.isBefore(key.lastSuccessAt().plus(age))) {
            return CompletableFuture.completedFuture(new Renewal(lease, false, null));
        }
        Instant next = lease.state().nextAttemptAt();
        if (lease.state().failures() > 0 && next != null && next.isBefore(now.plus(age))) {
            return CompletableFuture.completedFuture(new Renewal(lease, false, lease.lastFailure()));
        }
        requireSpareWeight();
        return attempt(account);
    }

    /**
     * Asks the exchange which key is active; its reply changes the lease as a renewal's does.
     *
     * @return whether the exchange has answered; not when the account is paused, since no call is made then
     */
    public CompletionStage<Boolean> ask(Lease lease) {
        Lease now = leases.find(lease.account());
        if (now != null && now.pause() != null) {
            return CompletableFuture.completedFuture(false);
        }
        return engine.askNow(lease, null, patience).thenApply(answer -> {
            RenewalOutcome outcome = answer.outcome();
            Failure failure = outcome == null ? null : outcome.failed();
            return outcome != null && (failure == null || failure.reason() == Failure.Reason.NO_ACTIVE_KEY);
        });
    }

    /**
     * Refuses calls that can wait while weight is scarce.
     *
     * @throws LeaseRefused when renewals due within the next window need the remaining weight
     */
    public void requireSpareWeight() {
        if (gate.weightUsed() + engine.callsNeeded() >= gate.weightLimit()) {
            throw new LeaseRefused(
                    Refusal.UPSTREAM_UNAVAILABLE,
                    "the request weight of this minute is kept for renewals that are due; the daemon renews every key by"
                            + " itself in time, so ask again in a minute");
        }
    }

    /**
     * Lifts the pause of the whole IP; the next call goes alone.
     *
     * @return whether there was one
     */
    public boolean liftPause() {
        Pause lifted = gate.lift();
        if (lifted != null) {
            engine.onEvent(new FleetEvent.PauseLifted(lifted, true));
        }
        return lifted != null;
    }

    private Lease requireCalls(String account) {
        Lease lease = leases.get(account);
        AccountPauses.requireCalls(lease);
        return lease;
    }

    private CompletionStage<Renewal> attempt(String account) {
        return leases.bringHere(account)
                .thenCompose(here -> engine.renewNow(requireCalls(account), patience))
                .thenApply(answer -> {
                    Lease after = RegistrationResults.present(answer);
                    RenewalOutcome outcome = answer.outcome();
                    if (outcome == null) {
                        AccountPauses.requireCalls(after);
                        throw new LeaseRefused(Refusal.UPSTREAM_UNAVAILABLE, noOutcomeMessage(after));
                    }
                    return new Renewal(after, true, outcome.failed());
                });
    }

    private String noOutcomeMessage(Lease lease) {
        if (engine.isInFlight(lease.account())) {
            return "the call has left, but the exchange has not answered within " + Descriptions.of(patience)
                    + "; its answer still counts";
        }
        Conditions conditions = Conditions.of(gate, engine.isRecreationThrottled(), leases.size(), clock.instant());
        return "no call could leave within " + Descriptions.of(patience) + ": " + conditions.hindrance(lease)
                + "; the renewal stays due";
    }
}
