package dev.listenkeyd.mcp;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.registration.OnDemandRenewals;
import dev.listenkeyd.registration.OnDemandRenewals.Renewal;
import io.quarkiverse.mcp.server.ToolManager.ToolAnnotations;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Map;

/** Extends a key now. */
@Singleton
final class RenewTool implements AgentTool {
    /** A younger success answers a call without another one. */
    static final Duration FRESH = Duration.ofSeconds(60);

    private final OnDemandRenewals renewals;
    private final LeaseChoice choice;
    private final AgentViews views;

    RenewTool(OnDemandRenewals renewals, LeaseChoice choice, AgentViews views) {
        this.renewals = renewals;
        this.choice = choice;
        this.views = views;
    }

    @Override
    public Description description() {
        return new Description(
                ToolNames.RENEW,
                "Extend the validity of an options listen key by 60 minutes. The daemon does this by itself in time: call"
                        + " it only when asked to, or to learn whether a renewal works now. Give account, or listenKey, or"
                        + " nothing when there is only one lease. A key that was renewed less than 60 s ago is not renewed"
                        + " again (renewed: false). Answers never hold a raw listen key.",
                new ToolAnnotations("Renew a listen key", false, false, true, true),
                Scope.WRITE,
                Schemas.object(
                        Map.of(LeaseChoice.ACCOUNT, Schemas.account(), LeaseChoice.LISTEN_KEY, Schemas.listenKey())),
                Schemas.object(
                        Map.of(
                                "renewed",
                                Schemas.bool("whether a call to the exchange has extended it just now"),
                                "lease",
                                Schemas.lease()),
                        "renewed",
                        "lease"));
    }

    @Override
    public Prepared prepare(String client, Map<String, Object> arguments) {
        Lease lease = choice.lease(arguments);
        String account = lease.account();
        return Prepared.about(
                lease, () -> renewals.renewUnlessFresh(account, FRESH).thenApply(this::result));
    }

    private ToolResult result(Renewal renewal) {
        Lease lease = renewal.lease();
        Failure failure = renewal.failure();
        String outlook = views.outlook(lease);
        if (failure != null) {
            String text = lease.account() + ": not renewed, " + AgentViews.reason(failure)
                    + ". The daemon goes on by itself, " + outlook
                    + (renewal.attempted() ? "" : "; until then a call of yours would only push that back");
            boolean counts = !renewal.attempted() || failure.isAnswer();
            return new ToolResult(true, renewal.attempted() ? "failed" : "failing", text, Map.of(), counts);
        }
        String what = renewal.attempted() ? "renewed, " : "renewed less than 60 s ago, so not again, ";
        return ToolResult.of(
                renewal.attempted() ? "renewed" : "known",
                lease.account() + ": " + what + outlook,
                new JsonObject()
                        .put("renewed", renewal.attempted())
                        .put("lease", views.lease(lease))
                        .getMap());
    }
}
