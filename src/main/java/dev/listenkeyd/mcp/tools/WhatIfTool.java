package dev.listenkeyd.mcp.tools;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.mcp.calls.AgentTool;
import dev.listenkeyd.mcp.calls.ToolNames;
import dev.listenkeyd.mcp.calls.ToolResult;
import dev.listenkeyd.view.JsonSchema;
import dev.listenkeyd.view.WhatIf;
import dev.listenkeyd.view.WhatIfView;
import io.quarkiverse.mcp.server.ToolManager.ToolAnnotations;
import jakarta.inject.Singleton;
import java.util.Map;

/** Simulates an outage of the exchange. */
@Singleton
final class WhatIfTool implements AgentTool {
    private static final Description DESCRIPTION = new Description(
            ToolNames.WHAT_IF,
            "What if the exchange did not answer for outageMinutes, from startsInMinutes (0) on: which listen keys"
                    + " would be lost, and when. Goes through it with the code that renews, on copies of the leases as"
                    + " they are now; nothing changes and nobody is called. One at a time for each client; takes up to some seconds.",
            new ToolAnnotations("Rehearse an outage", true, false, true, false),
            Scope.READ,
            JsonSchema.ofRequest(WhatIf.Request.class),
            JsonSchema.ofAnswer(WhatIfView.class));

    private final WhatIf whatIf;

    WhatIfTool(WhatIf whatIf) {
        this.whatIf = whatIf;
    }

    @Override
    public Description description() {
        return DESCRIPTION;
    }

    @Override
    public Prepared prepare(String client, Map<String, Object> given) {
        return Prepared.reading(null, () -> {
            WhatIfView view = whatIf.of(client, given).withFirst(StatusTool.MOST_SHOWN);
            return ToolResult.of("told", view.text(), view);
        });
    }
}
