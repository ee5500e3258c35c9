package dev.listenkeyd.http;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.renewal.ExchangeGate;
import dev.listenkeyd.renewal.LeaseBook;
import dev.listenkeyd.renewal.LeaseStatus;
import dev.listenkeyd.renewal.Overview;
import dev.listenkeyd.renewal.Pause;
import dev.listenkeyd.renewal.Prognosis;
import io.quarkus.runtime.Startup;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** The whole fleet at a glance. */
@Startup
@Path("/v1/status")
@Produces(MediaType.APPLICATION_JSON)
public class StatusResource {
    private final LeaseBook book;
    private final Prognosis prognosis;
    private final ExchangeGate gate;
    private final InstantSource clock;
    private final String version;
    private final Instant startedAt;

    StatusResource(
            LeaseBook book,
            Prognosis prognosis,
            ExchangeGate gate,
            InstantSource clock,
            @ConfigProperty(name = "quarkus.application.version") String version) {
        this.book = book;
        this.prognosis = prognosis;
        this.gate = gate;
        this.clock = clock;
        this.version = version;
        this.startedAt = clock.instant();
    }

    /**
     * @param survivableOutageSeconds null when no key lives
     * @param uptimeSeconds since the process started
     */
    @Schema(name = "Status")
    record StatusView(
            Map<LeaseStatus, Integer> leases,
            @Nullable Instant nearestExpiration,
            @Nullable Double survivableOutageSeconds,
            GateView gate,
            BudgetView budget,
            @Nullable Instant lastSuccessAt,
            boolean storeWritable,
            String version,
            long uptimeSeconds) {}

    /** Whether calls may leave; when not, until when and why. */
    @Schema(name = "Gate")
    record GateView(
            boolean open,
            @Nullable Instant closedUntil,
            @Nullable String reason) {}

    /** Request weight in the current window. */
    @Schema(name = "Budget")
    record BudgetView(int weightUsed, int weightLimit, double windowSeconds) {}

    @GET
    @RolesAllowed(Scope.READ)
    public StatusView status() {
        Instant now = clock.instant();
        Overview overview = Overview.of(book.all(), prognosis, gate, now);
        double survivable = overview.survivableOutageSeconds();
        Pause closed = gate.closed();
        ExchangeGate.Budget budget = gate.budget();
        return new StatusView(
                overview.counts(),
                overview.nearestExpiry(),
                Double.isInfinite(survivable) ? null : survivable,
                closed == null
                        ? new GateView(true, null, null)
                        : new GateView(false, closed.until(), closed.reason().name()),
                new BudgetView(
                        gate.weightUsed(), gate.weightLimit(), budget.window().toMillis() / 1e3),
                overview.lastSuccessAt(),
                book.writable(),
                version,
                Duration.between(startedAt, now).toSeconds());
    }
}
