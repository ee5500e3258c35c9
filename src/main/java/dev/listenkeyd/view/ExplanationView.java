package dev.listenkeyd.view;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.listenkeyd.forecast.Conditions;
import dev.listenkeyd.forecast.Explanation;
import dev.listenkeyd.forecast.LeaseStatus;
import dev.listenkeyd.forecast.NextStep;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.view.LeaseView.FailureView;
import dev.listenkeyd.view.LeaseView.LossView;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** How a lease stands, how that came about and what comes next. */
@RegisterForReflection
@Schema(name = "Explanation")
public record ExplanationView(
        @Schema(pattern = OpenApiPatterns.ACCOUNT) String account,
        @Schema(description = "How it stands") LeaseStatus status,

        @Schema(description = "All of it in one paragraph; what the exchange said is quoted in it as a JSON string")
        String text,

        @Schema(description = "The instant of which all this is true")
        Instant at,

        @Schema(description = "Why it has this status") String why,
        @Schema(description = "Sentences on what happened") List<String> happened,
        NextView next,

        @Schema(description = "When the key dies without a success; null when no key lives") @Nullable
        Instant expiresAt,

        AttemptsView attempts,

        @Schema(description = "What a person should do; empty when there is nothing to do")
        List<String> advice,

        @Nullable FailureView lastFailure,
        @Nullable LossView lastLoss,

        @Schema(
                description =
                        "The replica that renews it; absent without a shared store, and while no live one owns it")
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        String replica,

        GateView gate,
        BudgetView budget,

        @Schema(description = "Nothing usable comes back from the exchange")
        boolean exchangeAway,

        @Schema(description = "Most keys died at once: new keys are made one by one only")
        boolean recreationSlowed) {

    /** The next step, its earliest time, and its reason. */
    @Schema(name = "NextStep")
    public record NextView(
            @Schema(description = "What is done next") NextStep.Kind kind,

            @Schema(description = "Not before then") @Nullable
            Instant at,

            @Schema(description = "Why that, and why then") String why) {}

    /** Attempts before the key dies if all of them fail, with average random delays. */
    @Schema(name = "Attempts")
    public record AttemptsView(
            @Schema(description = "Attempts before the key dies, if all of them fail")
            int left,

            @Schema(description = "When the first of them would be made")
            List<Instant> first) {}

    /** @param replica name of the one that renews it, null for none */
    static ExplanationView of(Explanation explanation, @Nullable String replica) {
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
                replica,
                GateView.of(conditions.closed()),
                new BudgetView(
                        conditions.weightUsed(),
                        conditions.weightLimit(),
                        conditions.window().toMillis() / 1e3),
                conditions.exchangeAway(),
                conditions.recreationThrottled());
    }
}
