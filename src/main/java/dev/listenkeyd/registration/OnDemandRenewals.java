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
 * Renewals that callers ask for, beside those that are due. Every refusal is a {@link LeaseRefused}, thrown or in the
 * returned stage. Thread-safe; nothing blocks but where it says so.
 */
public final class OnDemandRenewals {

    /**
     * What a caller gets.
     *
     * @param attempted whether a call was made
     * @param failure what it came to, or, without a call, what the last one came to; null when that worked
     */
    public record Renewal(
            Lease lease, boolean attempted, @Nullable Failure failure) {}

    private final Leases leases;
    private final RenewalEngine engine;
    private final ExchangeGate gate;
    private final InstantSource clock;
    private final Duration patience;

    /** @param patience how long a caller waits for the exchange */
    public OnDemandRenewals(
            Leases leases, RenewalEngine engine, ExchangeGate gate, InstantSource clock, Duration patience) {
        this.leases = leases;
        this.engine = engine;
        this.gate = gate;
        this.clock = clock;
        this.patience = patience;
    }

    /** One attempt, as soon as gate and budget allow. */
    public CompletionStage<Renewal> renew(String account) {
        return attempt(leases.get(account));
    }

    /**
     * One attempt, for callers who ask more often than is of use. None when the last success is younger than {@code age}, or
     * when a failed attempt is followed by the next one within it: more failures would only push that back.
     *
     * @throws LeaseRefused also when renewals that are due need what weight is left
     */
    public CompletionStage<Renewal> renewUnlessFresh(String account, Duration age) {
        Lease lease = leases.get(account);
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
        return attempt(lease);
    }

    /**
     * For calls that can wait.
     *
     * @throws LeaseRefused when renewals that are due within the next window need what weight is left
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
     * Lifts the pause of the whole IP; the next call goes alone. Blocks for the store.
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

    private CompletionStage<Renewal> attempt(Lease lease) {
        return engine.renewNow(lease, patience).thenApply(answer -> {
            Lease after = RegistrationResults.present(answer);
            RenewalOutcome outcome = answer.outcome();
            if (outcome == null) {
                throw new LeaseRefused(Refusal.UPSTREAM_UNAVAILABLE, consecutiveFailures(after));
            }
            return new Renewal(after, true, outcome.failed());
        });
    }

    private String consecutiveFailures(Lease lease) {
        if (engine.isInFlight(lease.account())) {
            return "the call has left, but the exchange has not answered within " + Descriptions.of(patience)
                    + "; its answer still counts";
        }
        Conditions conditions = Conditions.of(gate, engine.isRecreationThrottled(), clock.instant());
        return "no call could leave within " + Descriptions.of(patience) + ": " + conditions.hindrance(lease)
                + "; the renewal stays due";
    }
}
