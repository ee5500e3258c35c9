package dev.listenkeyd.view;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.fleet.Replicas;
import dev.listenkeyd.forecast.Conditions;
import dev.listenkeyd.forecast.Explanation;
import dev.listenkeyd.forecast.Forecast;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.renewal.RenewalEngine;
import jakarta.inject.Singleton;
import java.time.InstantSource;

/** Explains leases as they stand at this instant. */
@Singleton
public final class ExplanationViews {
    private final Forecast forecast;
    private final ExchangeGate gate;
    private final RenewalEngine engine;
    private final LeaseRegistry registry;
    private final Replicas replicas;
    private final InstantSource clock;

    ExplanationViews(
            Forecast forecast,
            ExchangeGate gate,
            RenewalEngine engine,
            LeaseRegistry registry,
            Replicas replicas,
            InstantSource clock) {
        this.forecast = forecast;
        this.gate = gate;
        this.engine = engine;
        this.registry = registry;
        this.replicas = replicas;
        this.clock = clock;
    }

    /** The lease now, in words. */
    public ExplanationView of(Lease lease) {
        Conditions conditions = Conditions.of(gate, engine.isRecreationThrottled(), registry.size(), clock.instant());
        Explanation explanation = Explanation.of(lease, forecast, conditions, engine.isInFlight(lease.account()));
        return ExplanationView.of(explanation, replicas.ownerOf(lease.account()));
    }
}
