package dev.listenkeyd.mcp;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.registration.Leases;
import dev.listenkeyd.registration.OnDemandRenewals;
import io.quarkiverse.mcp.server.ToolManager.ToolAnnotations;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Singleton;
import java.util.Map;

/** Drops the client as holder of a lease; the last one closes the key. */
@Singleton
final class DeleteTool implements AgentTool {
    private final Leases leases;
    private final OnDemandRenewals renewals;
    private final LeaseChoice choice;

    DeleteTool(Leases leases, OnDemandRenewals renewals, LeaseChoice choice) {
        this.leases = leases;
        this.renewals = renewals;
        this.choice = choice;
    }

    @Override
    public Description description() {
        return new Description(
                ToolNames.DELETE,
                "Drop your client's hold on an options listen key. When it was the last holder, the key is closed at the"
                        + " exchange: its user data stream ends, and fills go unnoticed by whoever still reads it. When"
                        + " others hold it, it stays alive for them. Give account, or listenKey, or nothing when there is"
                        + " only one lease.",
                new ToolAnnotations("Drop a listen key", false, true, false, true),
                Scope.WRITE,
                Schemas.object(
                        Map.of(LeaseChoice.ACCOUNT, Schemas.account(), LeaseChoice.LISTEN_KEY, Schemas.listenKey())),
                Schemas.object(
                        Map.of(
                                "account",
                                Schemas.text("whose key it was"),
                                "closed",
                                Schemas.bool("whether the key was closed at the exchange; if not, others hold it or it"
                                        + " was not alive")),
                        "account",
                        "closed"));
    }

    @Override
    public Prepared prepare(String client, Map<String, Object> arguments) {
        Lease lease = choice.lease(arguments);
        String account = lease.account();
        if (!lease.registration().holders().contains(client)) {
            // Before a person is asked.
            throw new LeaseRefused(Refusal.NOT_FOUND, "this client does not hold the lease of this account");
        }
        return Prepared.about(lease, () -> {
            renewals.requireSpareWeight();
            return leases.leave(account, client).thenApply(closed -> result(account, closed));
        });
    }

    private static ToolResult result(String account, boolean closed) {
        return ToolResult.of(
                closed ? "closed" : "released",
                account + (closed ? ": dropped, and its key is closed" : ": dropped; its key was not closed"),
                new JsonObject().put("account", account).put("closed", closed).getMap());
    }
}
