package dev.listenkeyd.view;

import dev.listenkeyd.forecast.LeaseStatus;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** The whole fleet at a glance. */
@RegisterForReflection
@Schema(name = "Status")
public record StatusView(
        @Schema(description = "The instant of which all this is true")
        Instant at,

        @Schema(description = "Number of leases of each status")
        Map<LeaseStatus, Integer> leases,

        @Schema(description = "When the first key dies if nothing is renewed") @Nullable
        Instant nearestExpiration,

        @Schema(description = "Longest outage from now that costs no key; null when no key lives") @Nullable
        Double survivableOutageSeconds,

        GateView gate,
        BudgetView budget,

        @Schema(description = "Newest success of any lease") @Nullable
        Instant lastSuccessAt,

        @Schema(description = "Whether changes reach the disk")
        boolean storeWritable,

        @Schema(description = "Version of the daemon") String version,

        @Schema(description = "Since the process started") long uptimeSeconds) {}
