package dev.listenkeyd.view;

import dev.listenkeyd.forecast.LeaseStatus;
import java.time.Instant;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The whole fleet at a glance.
 *
 * @param leases how many there are of each status
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
public record StatusView(
        Map<LeaseStatus, Integer> leases,
        @Schema(nullable = true) @Nullable Instant nearestExpiration,
        @Schema(nullable = true) @Nullable Double survivableOutageSeconds,
        GateView gate,
        BudgetView budget,
        @Schema(nullable = true) @Nullable Instant lastSuccessAt,
        boolean storeWritable,
        String version,
        long uptimeSeconds) {}
