package dev.listenkeyd.view;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.listenkeyd.forecast.OutageSimulation.LostKey;
import dev.listenkeyd.lease.LossCause;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** What an outage of the exchange would cost, gone through with the leases as they are now. */
@Schema(
        name = "WhatIf",
        requiredProperties = {
            "text",
            "from",
            "until",
            "leases",
            "withoutKeyNow",
            "keysLost",
            "lost",
            "more",
            "survivableOutageSeconds"
        })
@JsonPropertyOrder({
    "text",
    "from",
    "until",
    "leases",
    "withoutKeyNow",
    "keysLost",
    "lost",
    "more",
    "survivableOutageSeconds"
})
public record WhatIfView(
        @Schema(description = "All of it in one paragraph") String text,

        @Schema(description = "When the exchange would go away")
        Instant from,

        @Schema(description = "When it would be back") Instant until,

        @Schema(description = "Leases that were gone through")
        int leases,

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
                        "How long an outage that began now could last before the first loss; null when no key lives",
                nullable = true)
        @Nullable
        Double survivableOutageSeconds) {

    /** A key that would be lost. */
    @Schema(
            name = "LostKey",
            requiredProperties = {"account", "cause", "at", "recoveredAt"})
    @JsonPropertyOrder({"account", "cause", "at", "recoveredAt"})
    public record LostKeyView(
            @Schema(pattern = OpenApiPatterns.ACCOUNT) String account,
            LossCause cause,
            Instant at,

            @Schema(
                    description =
                            "When another one would take its place; null when none would until a key's life after the"
                                    + " outage",
                    nullable = true)
            @Nullable
            Instant recoveredAt) {

        static LostKeyView of(LostKey key) {
            return new LostKeyView(key.account(), key.cause(), key.at(), key.recoveredAt());
        }
    }
}
