package dev.listenkeyd.mcp;

import io.quarkiverse.mcp.server.ToolManager;
import io.quarkus.arc.All;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;

/** Puts the tools where agents find them; each leads to {@link ToolCalls} and nowhere else. */
@ApplicationScoped
class ToolRegistrar {
    void open(@Observes StartupEvent event, ToolManager manager, @All List<AgentTool> tools, ToolCalls calls) {
        for (AgentTool tool : tools) {
            AgentTool.Description description = tool.description();
            manager.newTool(description.name())
                    .setDescription(description.text())
                    .setInputSchema(description.input())
                    .setOutputSchema(description.output())
                    .setAnnotations(description.hints())
                    .setAsyncHandler(arguments -> calls.call(tool, arguments))
                    .register();
        }
    }
}
