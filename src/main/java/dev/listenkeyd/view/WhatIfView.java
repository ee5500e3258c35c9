package dev.listenkeyd.view;

import dev.listenkeyd.forecast.OutageSimulation.LostKey;
import dev.listenkeyd.lease.LossCause;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** The cost of an outage of the exchange, simulated with the leases as they are now. */
@RegisterForReflection
@Schema(name = "WhatIf")
public record WhatIfView(
        @Schema(description = "All of it in one paragraph") String text,

        @Schema(description = "When the exchange would go away")
        Instant from,

        @Schema(description = "When it would be back") Instant until,

        @Schema(description = "Leases in the simulation") int leases,

        @Schema(description = "Leases among them that have no live key now")
        int withoutKeyNow,

        @Schema(description = "Keys that would be lost until a key's life after the outage")
        int keysLost,

        @Schema(description = "The first of them, in the order in which they would be lost")
        List<LostKeyView> lost,

        @Schema(description = "Lost keys that are not listed")
        int more,

        @Schema(
                description =
                        "How long an outage that began now could last before the first loss; null when no key lives")
        @Nullable
        Double survivableOutageSeconds) {

    /** With no more than this number of lost keys listed. */
    public WhatIfView withFirst(int most) {
        List<LostKeyView> first = lost.subList(0, Math.min(lost.size(), most));
        return new WhatIfView(
                text,
                from,
                until,
                leases,
                withoutKeyNow,
                keysLost,
                first,
                keysLost - first.size(),
                survivableOutageSeconds);
    }

    /** A key that would be lost. */
    @Schema(name = "LostKey")
    public record LostKeyView(
            @Schema(pattern = OpenApiPatterns.ACCOUNT) String account,
            LossCause cause,
            @Schema(description = "When it would be lost") Instant at,

            @Schema(
                    description =
                            "When another one would take its place; null when none would until a key's life after the"
                                    + " outage")
            @Nullable
            Instant recoveredAt) {

        static LostKeyView of(LostKey key) {
            return new LostKeyView(key.account(), key.cause(), key.at(), key.recoveredAt());
        }
    }
}
