package dev.listenkeyd.view;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.listenkeyd.forecast.Conditions;
import dev.listenkeyd.forecast.Explanation;
import dev.listenkeyd.forecast.LeaseStatus;
import dev.listenkeyd.forecast.NextStep;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.view.LeaseView.FailureView;
import dev.listenkeyd.view.LeaseView.LossView;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * How a lease stands, how that came about and what comes next.
 *
 * @param text all of it in one paragraph; what the exchange said is quoted in it as a JSON string
 * @param at the instant of which all this is true
 */
@Schema(
        name = "Explanation",
        requiredProperties = {
            "account",
            "status",
            "text",
            "at",
            "why",
            "happened",
            "next",
            "expiresAt",
            "attempts",
            "advice",
            "lastFailure",
            "lastLoss",
            "gate",
            "budget",
            "exchangeAway",
            "recreationSlowed"
        })
@JsonPropertyOrder({
    "account",
    "status",
    "text",
    "at",
    "why",
    "happened",
    "next",
    "expiresAt",
    "attempts",
    "advice",
    "lastFailure",
    "lastLoss",
    "gate",
    "budget",
    "exchangeAway",
    "recreationSlowed"
})
public record ExplanationView(
        @Schema(pattern = OpenApiPatterns.ACCOUNT) String account,
        LeaseStatus status,

        @Schema(description = "All of it in one paragraph; what the exchange said is quoted in it as a JSON string")
        String text,

        Instant at,
        @Schema(description = "Why it has this status") String why,
        List<String> happened,
        NextView next,

        @Schema(description = "When the key dies without a success; null when none lives", nullable = true) @Nullable
        Instant expiresAt,

        AttemptsView attempts,

        @Schema(description = "What somebody should do; empty when nothing has to be done")
        List<String> advice,

        @Schema(nullable = true) @Nullable FailureView lastFailure,
        @Schema(nullable = true) @Nullable LossView lastLoss,
        GateView gate,
        BudgetView budget,

        @Schema(description = "Nothing usable comes back from the exchange")
        boolean exchangeAway,

        @Schema(description = "Most keys died at once: new ones are made one by one only")
        boolean recreationThrottled) {

    /** What is done next, not before when, and why. */
    @Schema(
            name = "NextStep",
            requiredProperties = {"kind", "at", "why"})
    @JsonPropertyOrder({"kind", "at", "why"})
    public record NextView(
            NextStep.Kind kind,
            @Schema(nullable = true) @Nullable Instant at,
            String why) {}

    /** Attempts that would still be made before the key dies if all of them failed, with average chance. */
    @Schema(
            name = "Attempts",
            requiredProperties = {"left", "first"})
    @JsonPropertyOrder({"left", "first"})
    public record AttemptsView(
            int left,

            @Schema(description = "When the first of them would be made")
            List<Instant> first) {}

    static ExplanationView of(Explanation explanation) {
        Lease lease = explanation.lease();
        Conditions conditions = explanation.conditions();
        NextStep next = explanation.next();
        return new ExplanationView(
                lease.account(),
                explanation.status(),
                explanation.text(),
                conditions.now(),
                explanation.why(),
                explanation.happened(),
                new NextView(next.kind(), next.at(), next.why()),
                lease.expiresAt(),
                new AttemptsView(explanation.attemptsLeft(), explanation.attempts()),
                explanation.advice(),
                FailureView.of(lease.lastFailure()),
                LossView.of(lease.lastLoss()),
                GateView.of(conditions.closed()),
                new BudgetView(
                        conditions.weightUsed(),
                        conditions.weightLimit(),
                        conditions.window().toMillis() / 1e3),
                conditions.exchangeAway(),
                conditions.recreationThrottled());
    }
}
