package dev.listenkeyd.mcp.tools;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.mcp.calls.AgentTool;
import dev.listenkeyd.mcp.calls.ToolNames;
import dev.listenkeyd.mcp.calls.ToolResult;
import dev.listenkeyd.registration.Leases;
import dev.listenkeyd.registration.OnDemandRenewals;
import dev.listenkeyd.view.JsonSchema;
import io.quarkiverse.mcp.server.ToolManager.ToolAnnotations;
import io.quarkus.runtime.annotations.RegisterForReflection;
import jakarta.inject.Singleton;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** Drops the client as holder of a lease; the last holder closes the key. */
@Singleton
final class DeleteTool implements AgentTool {
    private static final Description DESCRIPTION = new Description(
            ToolNames.DELETE,
            "Drop your client's hold on an options listen key. When it was the last holder, the key is closed at the"
                    + " exchange: its user data stream ends, and fills go unnoticed by whoever still reads it. When"
                    + " others hold it, it stays alive for them. Give account, or listenKey, or nothing when there is"
                    + " only one lease.",
            new ToolAnnotations("Drop a listen key", false, true, false, true),
            Scope.WRITE,
            LeaseArguments.ACCOUNT_OR_KEY,
            JsonSchema.ofAnswer(Answer.class));

    private final Leases leases;
    private final OnDemandRenewals renewals;
    private final LeaseArguments arguments;

    @RegisterForReflection
    record Answer(
            @Schema(description = "Account of the key") String account,

            @Schema(
                    description =
                            "Whether the key was closed at the exchange; if not, others hold it or it was not alive")
            boolean closed) {}

    DeleteTool(Leases leases, OnDemandRenewals renewals, LeaseArguments arguments) {
        this.leases = leases;
        this.renewals = renewals;
        this.arguments = arguments;
    }

    @Override
    public Description description() {
        return DESCRIPTION;
    }

    @Override
    public Prepared prepare(String client, Map<String, Object> given) {
        Lease lease = arguments.lease(given);
        String account = lease.account();
        if (!lease.registration().holders().contains(client)) {
            // Checked before a person is asked.
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
                new Answer(account, closed));
    }
}
