package dev.listenkeyd.mcp.tools;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.mcp.calls.AgentTool;
import dev.listenkeyd.mcp.calls.ToolNames;
import dev.listenkeyd.mcp.calls.ToolResult;
import dev.listenkeyd.registration.Leases;
import dev.listenkeyd.registration.OnDemandRenewals;
import dev.listenkeyd.registration.Registered;
import dev.listenkeyd.registration.RegistrationRequest;
import dev.listenkeyd.view.JsonSchema;
import dev.listenkeyd.view.LeaseView;
import dev.listenkeyd.view.LeaseViews;
import io.quarkiverse.mcp.server.ToolManager.ToolAnnotations;
import io.quarkus.runtime.annotations.RegisterForReflection;
import jakarta.inject.Singleton;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** Makes the client a holder of an account's lease, and creates the lease when there is none. */
@Singleton
final class CreateTool implements AgentTool {
    private static final Description DESCRIPTION = new Description(
            ToolNames.CREATE,
            "Have the options listen key of an account kept alive from now on: asks the exchange for it and renews it"
                    + " until every holder has dropped it. Your client becomes a holder. Safe to repeat. Without"
                    + " account the only configured one is meant. The answer holds no raw listen key: a program that"
                    + " needs it asks the daemon's HTTP API.",
            new ToolAnnotations("Keep a listen key alive", false, false, true, true),
            Scope.WRITE,
            LeaseArguments.ACCOUNT_OPTIONAL,
            JsonSchema.ofAnswer(Answer.class));

    private final Leases leases;
    private final OnDemandRenewals renewals;
    private final LeaseArguments arguments;
    private final LeaseViews views;

    @RegisterForReflection
    record Answer(
            @Schema(description = "Whether the lease is new")
            boolean created,

            LeaseView lease) {}

    CreateTool(Leases leases, OnDemandRenewals renewals, LeaseArguments arguments, LeaseViews views) {
        this.leases = leases;
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
        String account = arguments.accountToRegister(given);
        RegistrationRequest request = new RegistrationRequest(account, null, false, null, null, client, client);
        return Prepared.of(account, () -> {
            renewals.requireSpareWeight();
            return leases.register(request).thenApply(this::result);
        });
    }

    private ToolResult result(Registered registered) {
        Lease lease = registered.lease();
        LeaseView view = views.of(lease);
        String word = lease.isPending() ? "pending" : registered.created() ? "created" : "existing";
        String what = lease.pause() != null
                ? "held; the account is paused, so its key is not renewed before the pause ends"
                : lease.isPending()
                        ? "registered, but the exchange has not answered yet; the daemon goes on asking"
                        : registered.created() ? "kept alive from now on" : "was kept alive already";
        boolean counts = !lease.isPending()
                || (lease.lastFailure() != null && lease.lastFailure().isAnswer());
        return new ToolResult(
                false,
                word,
                lease.account() + ": " + what + ", " + view.outlook(),
                new Answer(registered.created(), view),
                counts);
    }
}
