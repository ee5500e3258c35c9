package dev.listenkeyd.mcp.protocol;

import dev.listenkeyd.mcp.calls.PolicyFiles;
import dev.listenkeyd.mcp.calls.ToolCalls;
import dev.listenkeyd.mcp.calls.ToolNames;
import dev.listenkeyd.policy.Policy;
import io.quarkiverse.mcp.server.FilterContext;
import io.quarkiverse.mcp.server.McpMethod;
import io.quarkiverse.mcp.server.ToolFilter;
import io.quarkiverse.mcp.server.ToolManager.ToolInfo;
import io.quarkus.security.identity.SecurityIdentity;
import jakarta.inject.Singleton;

/**
 * Removes from tools/list the tools that the client's policy hides. Calls of them pass, and {@link ToolCalls} denies and records
 * them. The library treats a filter that throws as passed, so no rule may depend on this one.
 */
@Singleton
final class HiddenTools implements ToolFilter {
    private final PolicyFiles policies;
    private final SecurityIdentity caller;

    HiddenTools(PolicyFiles policies, SecurityIdentity caller) {
        this.policies = policies;
        this.caller = caller;
    }

    @Override
    public boolean test(ToolInfo tool, FilterContext context) {
        if (context.method() != McpMethod.TOOLS_LIST) {
            return true;
        }
        if (tool.name().equals(ToolNames.UNKNOWN)) {
            return false;
        }
        Policy policy = policies.of(caller.getPrincipal().getName());
        return policy == null || !policy.hidden().contains(tool.name());
    }
}
