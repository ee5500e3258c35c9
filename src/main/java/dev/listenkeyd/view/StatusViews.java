package dev.listenkeyd.view;

import dev.listenkeyd.budget.Budget;
import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.forecast.Forecast;
import dev.listenkeyd.forecast.Overview;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.registration.OtherReplicas;
import dev.listenkeyd.renewal.LeaseRegistry;
import io.quarkus.runtime.Startup;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Shows the whole fleet as it stands at this instant. */
@Startup
@Singleton
public final class StatusViews {
    private final LeaseRegistry registry;
    private final OtherReplicas others;
    private final Forecast forecast;
    private final ExchangeGate gate;
    private final InstantSource clock;
    private final String version;
    private final Instant startedAt;

    StatusViews(
            LeaseRegistry registry,
            OtherReplicas others,
            Forecast forecast,
            ExchangeGate gate,
            InstantSource clock,
            @ConfigProperty(name = "quarkus.application.version") String version) {
        this.registry = registry;
        this.others = others;
        this.forecast = forecast;
        this.gate = gate;
        this.clock = clock;
        this.version = version;
        this.startedAt = clock.instant();
    }

    /** One pass over all leases. */
    public Overview overview() {
        Instant now = clock.instant();
        Overview own = Overview.of(registry.all(), forecast, gate, now);
        Collection<Lease> ofOthers = others.after("");
        return ofOthers.isEmpty() ? own : own.and(ofOthers, forecast, now);
    }

    /** The fleet of this overview. */
    public StatusView of(Overview overview) {
        Budget budget = gate.budget();
        Instant now = clock.instant();
        return new StatusView(
                now,
                overview.counts(),
                overview.nearestExpiry(),
                Seconds.of(overview.survivableOutageSeconds()),
                GateView.of(gate.closed()),
                new BudgetView(
                        gate.weightUsed(), gate.weightLimit(), budget.window().toMillis() / 1e3),
                overview.lastSuccessAt(),
                registry.writable(),
                version,
                Duration.between(startedAt, now).toSeconds());
    }
}
