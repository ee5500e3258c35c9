package dev.listenkeyd.view;

import dev.listenkeyd.renewal.Conditions;
import dev.listenkeyd.renewal.ExchangeGate;
import dev.listenkeyd.renewal.Explanation;
import dev.listenkeyd.renewal.Lease;
import dev.listenkeyd.renewal.Leases.Registered;
import dev.listenkeyd.renewal.Prognosis;
import dev.listenkeyd.renewal.RenewalEngine;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.InstantSource;

/** Shows leases as they stand at this instant. */
@Singleton
public final class LeaseViews {
    private final Prognosis prognosis;
    private final ExchangeGate gate;
    private final RenewalEngine engine;
    private final InstantSource clock;

    LeaseViews(Prognosis prognosis, ExchangeGate gate, RenewalEngine engine, InstantSource clock) {
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
