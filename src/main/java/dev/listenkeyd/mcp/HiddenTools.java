package dev.listenkeyd.mcp;

import dev.listenkeyd.policy.Policy;
import io.quarkiverse.mcp.server.FilterContext;
import io.quarkiverse.mcp.server.McpMethod;
import io.quarkiverse.mcp.server.ToolFilter;
import io.quarkiverse.mcp.server.ToolManager.ToolInfo;
import io.quarkus.security.identity.SecurityIdentity;
import jakarta.inject.Singleton;

/**
 * Takes off the list what a client's policy hides, and what is no tool. Calls get through, to be denied and recorded by {@link ToolCalls} like any
 * other; a filter that fails counts as passed, so nothing may depend on this one.
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
