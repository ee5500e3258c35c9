package dev.listenkeyd.view;

import dev.listenkeyd.forecast.Conditions;
import dev.listenkeyd.budget.RequestBudget;
import dev.listenkeyd.forecast.Explanation;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.registration.Leases.Registered;
import dev.listenkeyd.forecast.Forecast;
import dev.listenkeyd.renewal.RenewalEngine;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.InstantSource;

/** Shows leases as they stand at this instant. */
@Singleton
public final class LeaseViews {
    private final Forecast prognosis;
    private final RequestBudget gate;
    private final RenewalEngine engine;
    private final InstantSource clock;

    LeaseViews(Forecast prognosis, RequestBudget gate, RenewalEngine engine, InstantSource clock) {
        this.prognosis = prognosis;
        this.gate = gate;
        this.engine = engine;
        this.clock = clock;
    }

    /** The lease now. */
    public LeaseView of(Lease lease) {
        Instant now = clock.instant();
        Instant opensAt = gate.opensAt();
        return LeaseView.of(
                lease,
                prognosis.status(lease, now, opensAt),
                prognosis.nextCall(lease, now, opensAt),
                prognosis.attemptsLeft(lease, now, opensAt));
    }

    /** The lease as a registration has left it. */
    public LeaseView of(Registered registered) {
        return of(registered.lease()).withAdopted(registered.adopted());
    }

    /** The lease now, in words. */
    public ExplanationView explained(Lease lease) {
        Conditions conditions = Conditions.of(gate, engine.isRecreationSlowed(), clock.instant());
        return ExplanationView.of(Explanation.of(lease, prognosis, conditions, engine.isInFlight(lease.account())));
    }
}
