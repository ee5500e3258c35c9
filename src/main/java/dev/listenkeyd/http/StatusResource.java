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
import org.eclipse.microprofile.openapi.annotations.Operation;
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
    @Schema(
            name = "Status",
            requiredProperties = {
                "leases",
                "nearestExpiration",
                "survivableOutageSeconds",
                "gate",
                "budget",
                "lastSuccessAt",
                "storeWritable",
                "version",
                "uptimeSeconds"
            })
    record StatusView(
            Map<LeaseStatus, Integer> leases,
            @Schema(nullable = true) @Nullable Instant nearestExpiration,
            @Schema(nullable = true) @Nullable Double survivableOutageSeconds,
            GateView gate,
            BudgetView budget,
            @Schema(nullable = true) @Nullable Instant lastSuccessAt,
            boolean storeWritable,
            String version,
            long uptimeSeconds) {}

    /** Whether calls may leave; when not, until when and why. */
    @Schema(
            name = "Gate",
            requiredProperties = {"open", "closedUntil", "reason"})
    record GateView(
            boolean open,
            @Schema(nullable = true) @Nullable Instant closedUntil,
            @Schema(nullable = true) @Nullable String reason) {}

    /** Request weight in the current window. */
    @Schema(
            name = "Budget",
            requiredProperties = {"weightUsed", "weightLimit", "windowSeconds"})
    record BudgetView(int weightUsed, int weightLimit, double windowSeconds) {}

    @GET
    @Operation(summary = "The whole fleet at a glance")
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
