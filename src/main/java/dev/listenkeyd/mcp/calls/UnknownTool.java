package dev.listenkeyd.mcp.calls;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.view.JsonSchema;
import io.quarkiverse.mcp.server.ToolManager.ToolAnnotations;
import jakarta.inject.Singleton;
import java.util.Map;

/**
 * Takes the calls of tools that do not exist, so that the policy decides and the audit records them like any other. Without it
 * the library would answer by itself.
 */
@Singleton
public final class UnknownTool implements AgentTool {
    /** The argument that holds the name of the tool that the agent called. */
    public static final String CALLED = "called";

    /** It is never listed. */
    private static final JsonSchema NOTHING = new JsonSchema(Map.of("type", "object"));

    @Override
    public Description description() {
        return new Description(
                ToolNames.UNKNOWN,
                "Not on any list.",
                new ToolAnnotations("No tool", true, false, true, false),
                Scope.READ,
                NOTHING,
                NOTHING);
    }

    @Override
    public String nameForPolicy(Map<String, Object> arguments) {
        return arguments.get(CALLED) instanceof String called ? called : ToolNames.UNKNOWN;
    }

    @Override
    public Prepared prepare(String client, Map<String, Object> arguments) {
        throw new LeaseRefused(Refusal.NOT_FOUND, "there is no such tool; tools/list names the tools of this server");
    }
}
