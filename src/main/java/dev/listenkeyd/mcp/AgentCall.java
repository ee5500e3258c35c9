package dev.listenkeyd.mcp;

import dev.listenkeyd.policy.Call;
import dev.listenkeyd.policy.Decision;
import dev.listenkeyd.policy.Decision.NeedsApproval;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A call of a tool, and what the policy says of it.
 *
 * @param id of the JSON-RPC request
 * @param arguments as they came; their values may be secrets
 * @param takenBack completes when the agent hangs up, cancels the call or ends its session
 */
record AgentCall(
        AgentTool tool,
        Call call,
        Object id,
        Map<String, Object> arguments,
        Decision decision,
        CompletableFuture<Void> takenBack) {

    String client() {
        return call.client();
    }

    String session() {
        return call.session();
    }

    /** Whether its agent means this call by a JSON-RPC id in a session. */
    boolean isKnownAs(String session, @Nullable Object id) {
        return session().equals(session) && this.id.equals(id);
    }

    boolean needsPerson() {
        return decision instanceof NeedsApproval;
    }

    /** See {@link AgentTool#prepare}. */
    AgentTool.Prepared prepare() {
        return tool.prepare(client(), arguments);
    }

    /** For records and labels: a name of ours, never what the agent chose. */
    String toolName() {
        return tool.description().name();
    }

    /** Those that the tool knows: any other is text that the agent chose. */
    Set<String> argumentNames() {
        Set<String> known =
                tool.description().input().getJsonObject("properties").fieldNames();
        Set<String> names = new TreeSet<>();
        arguments.keySet().forEach(name -> names.add(known.contains(name) ? name : "(unknown)"));
        return names;
    }

    @Override
    public String toString() {
        return "AgentCall[" + client() + ", " + toolName() + "]";
    }
}
