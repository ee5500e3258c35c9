package dev.listenkeyd.mcp;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import io.quarkiverse.mcp.server.ToolManager.ToolAnnotations;
import jakarta.inject.Singleton;
import java.util.Map;

/**
 * Stands in for every tool that there is not: {@link McpGuard} leads such calls here, so that the policy denies and the audit
 * records them like any other. The library would answer by itself.
 */
@Singleton
final class UnknownTool implements AgentTool {
    /** The argument with the name that was called. */
    static final String CALLED = "called";

    @Override
    public Description description() {
        return new Description(
                ToolNames.UNKNOWN,
                "Not on any list.",
                new ToolAnnotations("No tool", true, false, true, false),
                Scope.READ,
                Schemas.object(Map.of()),
                Schemas.object(Map.of()));
    }

    @Override
    public String judgedAs(Map<String, Object> arguments) {
        return arguments.get(CALLED) instanceof String called ? called : ToolNames.UNKNOWN;
    }

    @Override
    public Prepared prepare(String client, Map<String, Object> arguments) {
        throw new LeaseRefused(Refusal.NOT_FOUND, "there is no such tool; tools/list names those that there are");
    }
}
