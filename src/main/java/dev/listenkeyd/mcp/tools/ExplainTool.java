package dev.listenkeyd.mcp.tools;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.mcp.calls.AgentTool;
import dev.listenkeyd.mcp.calls.ToolNames;
import dev.listenkeyd.mcp.calls.ToolResult;
import dev.listenkeyd.registration.Leases;
import dev.listenkeyd.view.ExplanationView;
import dev.listenkeyd.view.ExplanationViews;
import dev.listenkeyd.view.JsonSchema;
import io.quarkiverse.mcp.server.ToolManager.ToolAnnotations;
import jakarta.inject.Singleton;
import java.util.Map;

/** Explains one lease: what happened, what comes next, and why. */
@Singleton
final class ExplainTool implements AgentTool {
    private static final Description DESCRIPTION = new Description(
            ToolNames.EXPLAIN,
            "Explain one options listen key: how it stands and why, what happened, what the daemon does next and when,"
                    + " and what somebody should do. Changes nothing and calls nobody.",
            new ToolAnnotations("Explain a listen key", true, false, true, false),
            Scope.READ,
            LeaseArguments.ACCOUNT_REQUIRED,
            JsonSchema.ofAnswer(ExplanationView.class));

    private final Leases leases;
    private final ExplanationViews views;

    ExplainTool(Leases leases, ExplanationViews views) {
        this.leases = leases;
        this.views = views;
    }

    @Override
    public Description description() {
        return DESCRIPTION;
    }

    @Override
    public Prepared prepare(String client, Map<String, Object> given) {
        String account = LeaseArguments.requiredAccount(given);
        return Prepared.reading(account, () -> {
            ExplanationView view = views.of(leases.get(account));
            return ToolResult.of("told", view.text(), view);
        });
    }
}
