package dev.listenkeyd.mcp;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.forecast.LeaseStatus;
import dev.listenkeyd.forecast.NextStep;
import dev.listenkeyd.registration.Leases;
import dev.listenkeyd.view.ExplanationView;
import dev.listenkeyd.view.LeaseViews;
import io.quarkiverse.mcp.server.ToolManager.ToolAnnotations;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Tells of one lease what happened, what comes next and why. */
@Singleton
final class ExplainTool implements AgentTool {
    private final Leases leases;
    private final LeaseViews leaseViews;
    private final AgentViews views;

    ExplainTool(Leases leases, LeaseViews leaseViews, AgentViews views) {
        this.leases = leases;
        this.leaseViews = leaseViews;
        this.views = views;
    }

    @Override
    public Description description() {
        return new Description(
                ToolNames.EXPLAIN,
                "Explain one options listen key: how it stands and why, what happened, what the daemon does next and when,"
                        + " and what somebody should do. Changes nothing and calls nobody.",
                new ToolAnnotations("Explain a listen key", true, false, true, false),
                Scope.READ,
                Schemas.object(Map.of(LeaseChoice.ACCOUNT, Schemas.account()), LeaseChoice.ACCOUNT),
                output());
    }

    private static JsonObject output() {
        return Schemas.object(
                Map.ofEntries(
                        Map.entry("account", Schemas.account()),
                        Map.entry("status", Schemas.word(LeaseStatus.values(), "how it stands")),
                        Map.entry("text", Schemas.text("all of it in one paragraph")),
                        Map.entry("at", Schemas.text("of which instant this is true")),
                        Map.entry("why", Schemas.text("why it has this status")),
                        Map.entry("happened", Schemas.list(Schemas.text("a sentence"), "what happened")),
                        Map.entry(
                                "next",
                                Schemas.object(Map.of(
                                        "kind", Schemas.word(NextStep.Kind.values(), "what is done next"),
                                        "at", Schemas.orNull(Schemas.text("not before then")),
                                        "why", Schemas.text("why that, and then")))),
                        Map.entry("expiresAt", Schemas.orNull(Schemas.text("when the key dies without a success"))),
                        Map.entry(
                                "attempts",
                                Schemas.object(Map.of(
                                        "left", Schemas.whole("before the key dies, if all of them fail"),
                                        "first", Schemas.list(Schemas.text("an instant"), "the first of them")))),
                        Map.entry("advice", Schemas.list(Schemas.text("a sentence"), "what somebody should do")),
                        Map.entry("lastFailure", Schemas.orNull(Schemas.failure())),
                        Map.entry("lastLoss", Schemas.orNull(Schemas.loss())),
                        Map.entry("gate", Schemas.gate()),
                        Map.entry("budget", Schemas.budget()),
                        Map.entry("exchangeAway", Schemas.bool("nothing usable comes back from the exchange")),
                        Map.entry("recreationSlowed", Schemas.bool("most keys died at once"))),
                "account",
                "status",
                "text");
    }

    @Override
    public Prepared prepare(String client, Map<String, Object> arguments) {
        String account = LeaseChoice.named(arguments);
        return Prepared.of(account, () -> CompletableFuture.completedFuture(explained(account)));
    }

    private ToolResult explained(String account) {
        ExplanationView view = leaseViews.explained(leases.get(account));
        return ToolResult.of("told", view.text(), views.map(view));
    }
}
