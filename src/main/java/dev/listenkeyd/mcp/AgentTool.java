package dev.listenkeyd.mcp;

import io.quarkiverse.mcp.server.ToolManager.ToolAnnotations;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** A tool as agents see it, and what it does once a call of it is allowed. */
interface AgentTool {
    String name();

    /** For a model that knows nothing of listen keys. */
    String description();

    ToolAnnotations hints();

    /** JSON schema of the arguments; what it does not name is refused. */
    JsonObject inputSchema();

    /** JSON schema of the structured content. */
    JsonObject outputSchema();

    /** What its client must be allowed to, see {@link dev.listenkeyd.access.Scope}. */
    String scope();

    /**
     * Does it. May block for the store, never for the exchange.
     *
     * @param client whose agent calls
     * @return fails with {@link dev.listenkeyd.renewal.LeaseRefused} when it can't be granted
     */
    CompletionStage<ToolResult> call(String client, Map<String, Object> arguments);
}
