package dev.listenkeyd.mcp;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.registration.Leases;
import dev.listenkeyd.registration.Leases.Registered;
import dev.listenkeyd.registration.Leases.Request;
import dev.listenkeyd.registration.OnDemandRenewals;
import io.quarkiverse.mcp.server.ToolManager.ToolAnnotations;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Singleton;
import java.util.Map;

/** Makes the client a holder of an account's lease, and with it the lease when there is none. */
@Singleton
final class CreateTool implements AgentTool {
    private final Leases leases;
    private final OnDemandRenewals renewals;
    private final LeaseChoice choice;
    private final AgentViews views;

    CreateTool(Leases leases, OnDemandRenewals renewals, LeaseChoice choice, AgentViews views) {
        this.leases = leases;
        this.renewals = renewals;
        this.choice = choice;
        this.views = views;
    }

    @Override
    public Description description() {
        return new Description(
                ToolNames.CREATE,
                "Have the options listen key of an account kept alive from now on: asks the exchange for it and renews it"
                        + " until every holder has dropped it. Your client becomes a holder. Safe to repeat. Without"
                        + " account the only configured one is meant. The answer holds no raw listen key: a program that"
                        + " needs it asks the daemon's HTTP API.",
                new ToolAnnotations("Keep a listen key alive", false, false, true, true),
                Scope.WRITE,
                Schemas.object(Map.of(LeaseChoice.ACCOUNT, Schemas.account())),
                Schemas.object(
                        Map.of("created", Schemas.bool("whether the lease is new"), "lease", Schemas.lease()),
                        "created",
                        "lease"));
    }

    @Override
    public Prepared prepare(String client, Map<String, Object> arguments) {
        String account = choice.accountToRegister(arguments);
        Request request = new Request(account, null, false, null, null, client, client);
        return Prepared.of(account, () -> {
            renewals.requireSpareWeight();
            return leases.register(request).thenApply(this::result);
        });
    }

    private ToolResult result(Registered registered) {
        Lease lease = registered.lease();
        boolean pending = lease.isPending();
        String what = pending
                ? "registered, but the exchange has not answered yet; the daemon goes on asking, "
                : registered.created() ? "kept alive from now on, " : "was kept alive already, ";
        return new ToolResult(
                false,
                pending ? "pending" : registered.created() ? "created" : "existing",
                lease.account() + ": " + what + views.outlook(lease),
                new JsonObject()
                        .put("created", registered.created())
                        .put("lease", views.lease(lease))
                        .getMap(),
                !pending || (lease.lastFailure() != null && lease.lastFailure().isAnswer()));
    }
}
