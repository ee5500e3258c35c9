package dev.listenkeyd.view;

import dev.listenkeyd.budget.RequestBudget;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.forecast.Overview;
import dev.listenkeyd.forecast.Forecast;
import io.quarkus.runtime.Startup;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Shows the whole fleet as it stands at this instant. */
@Startup
@Singleton
public final class StatusViews {
    private final LeaseRegistry book;
    private final Forecast prognosis;
    private final RequestBudget gate;
    private final InstantSource clock;
    private final String version;
    private final Instant startedAt;

    StatusViews(
            LeaseRegistry book,
            Forecast prognosis,
            RequestBudget gate,
            InstantSource clock,
            @ConfigProperty(name = "quarkus.application.version") String version) {
        this.book = book;
        this.prognosis = prognosis;
        this.gate = gate;
        this.clock = clock;
        this.version = version;
        this.startedAt = clock.instant();
    }

    /** One pass over all leases. */
    public Overview overview() {
        return Overview.of(book.all(), prognosis, gate, clock.instant());
    }

    /** The fleet as this overview has it. */
    public StatusView of(Overview overview) {
        RequestBudget.Budget budget = gate.budget();
        return new StatusView(
                overview.counts(),
                overview.nearestExpiry(),
                Seconds.of(overview.survivableOutageSeconds()),
                GateView.of(gate.closed()),
                new BudgetView(
                        gate.weightUsed(), gate.weightLimit(), budget.window().toMillis() / 1e3),
                overview.lastSuccessAt(),
                book.writable(),
                version,
                Duration.between(startedAt, clock.instant()).toSeconds());
    }
}
