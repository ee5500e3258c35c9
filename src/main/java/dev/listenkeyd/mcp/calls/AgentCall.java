package dev.listenkeyd.mcp.calls;

import dev.listenkeyd.policy.Call;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A call of a tool.
 *
 * @param id of the JSON-RPC request
 * @param arguments as they came; their values may be secrets
 * @param cancelled completes when the agent hangs up, cancels the call or ends its session
 */
record AgentCall(
        AgentTool tool, Call call, Object id, Map<String, Object> arguments, CompletableFuture<Void> cancelled) {

    String client() {
        return call.client();
    }

    String session() {
        return call.session();
    }

    /** Whether this is the request with this JSON-RPC id in this session. */
    boolean isRequest(String session, @Nullable Object id) {
        return session().equals(session) && this.id.equals(id);
    }

    AgentTool.Prepared prepare() {
        return tool.prepare(client(), arguments);
    }

    /** One of our names, never text that the agent chose. */
    String toolName() {
        return tool.description().name();
    }

    /** Names that the tool knows; any other name is text that the agent chose. */
    Set<String> argumentNames() {
        Set<?> known = tool.description().input().names();
        Set<String> names = new TreeSet<>();
        arguments.keySet().forEach(name -> names.add(known.contains(name) ? name : ToolNames.UNKNOWN));
        return names;
    }

    @Override
    public String toString() {
        return "AgentCall[" + client() + ", " + toolName() + "]";
    }
}
