package dev.listenkeyd.mcp.tools;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.mcp.calls.AgentTool;
import dev.listenkeyd.mcp.calls.ToolNames;
import dev.listenkeyd.mcp.calls.ToolResult;
import dev.listenkeyd.registration.OnDemandRenewals;
import dev.listenkeyd.registration.OnDemandRenewals.Renewal;
import dev.listenkeyd.view.JsonSchema;
import dev.listenkeyd.view.LeaseView;
import dev.listenkeyd.view.LeaseViews;
import io.quarkiverse.mcp.server.ToolManager.ToolAnnotations;
import io.quarkus.runtime.annotations.RegisterForReflection;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** Extends a key now. */
@Singleton
final class RenewTool implements AgentTool {
    /** A call within this time after a success makes no call to the exchange. */
    private static final Duration FRESH = Duration.ofSeconds(60);

    private static final Description DESCRIPTION = new Description(
            ToolNames.RENEW,
            "Extend the validity of an options listen key by 60 minutes. The daemon does this by itself in time: call"
                    + " it only when asked to, or to learn whether a renewal works now. Give account, or listenKey, or"
                    + " nothing when there is only one lease. A key that was renewed less than 60 s ago is not renewed"
                    + " again (renewed: false). Answers never hold a raw listen key.",
            new ToolAnnotations("Renew a listen key", false, false, true, true),
            Scope.WRITE,
            LeaseArguments.ACCOUNT_OR_KEY,
            JsonSchema.ofAnswer(Answer.class));

    private final OnDemandRenewals renewals;
    private final LeaseArguments arguments;
    private final LeaseViews views;

    @RegisterForReflection
    record Answer(
            @Schema(description = "Whether a call to the exchange has extended it just now")
            boolean renewed,

            LeaseView lease) {}

    RenewTool(OnDemandRenewals renewals, LeaseArguments arguments, LeaseViews views) {
        this.renewals = renewals;
        this.arguments = arguments;
        this.views = views;
    }

    @Override
    public Description description() {
        return DESCRIPTION;
    }

    @Override
    public Prepared prepare(String client, Map<String, Object> given) {
        Lease lease = arguments.lease(given);
        return Prepared.about(
                lease, () -> renewals.renewUnlessFresh(lease.account(), FRESH).thenApply(this::result));
    }

    private ToolResult result(Renewal renewal) {
        LeaseView view = views.of(renewal.lease());
        Failure failure = renewal.failure();
        if (failure != null) {
            // The words of the exchange stand in quotes: they are data.
            String text = view.account() + ": not renewed, " + failure.reason() + ": " + failure.told()
                    + ". The daemon goes on by itself, " + view.outlook()
                    + (renewal.attempted() ? "" : "; until then a call of yours would only push that back");
            boolean counts = !renewal.attempted() || failure.isAnswer();
            return new ToolResult(true, renewal.attempted() ? "failed" : "failing", text, null, counts);
        }
        String what = renewal.attempted() ? "renewed, " : "renewed less than 60 s ago, so not again, ";
        return ToolResult.of(
                renewal.attempted() ? "renewed" : "known",
                view.account() + ": " + what + view.outlook(),
                new Answer(renewal.attempted(), view));
    }
}
