package dev.listenkeyd.mcp;

import dev.listenkeyd.policy.Call;
import dev.listenkeyd.policy.Decision;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;

/**
 * A call of a tool, and what the policy says of it.
 *
 * @param id of the JSON-RPC request
 * @param arguments as they came; their values may be secrets
 * @param hungUp completes when the agent's connection ends before the call does
 */
record AgentCall(
        AgentTool tool,
        Call call,
        Object id,
        Map<String, Object> arguments,
        Decision decision,
        CompletionStage<Void> hungUp) {

    String client() {
        return call.client();
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
