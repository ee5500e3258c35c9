package dev.listenkeyd.mcp.protocol;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.listenkeyd.mcp.calls.AgentTool;
import dev.listenkeyd.mcp.calls.ToolCalls;
import dev.listenkeyd.mcp.calls.ToolResult;
import io.quarkiverse.mcp.server.TextContent;
import io.quarkiverse.mcp.server.ToolManager;
import io.quarkiverse.mcp.server.ToolResponse;
import io.quarkus.arc.All;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.json.JsonObject;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.Map;

/** Registers the tools with the library. A call of any of them goes to {@link ToolCalls}. */
@ApplicationScoped
class ToolRegistrar {
    private final ToolCalls calls;
    private final ObjectMapper json;

    ToolRegistrar(ToolCalls calls, ObjectMapper json) {
        this.calls = calls;
        this.json = json;
    }

    void register(@Observes StartupEvent event, ToolManager manager, @All List<AgentTool> tools) {
        for (AgentTool tool : tools) {
            AgentTool.Description description = tool.description();
            manager.newTool(description.name())
                    .setDescription(description.text())
                    .setInputSchema(new JsonObject(description.input().root()))
                    .setOutputSchema(new JsonObject(description.output().root()))
                    .setAnnotations(description.hints())
                    .setAsyncHandler(arguments -> Uni.createFrom()
                            .completionStage(calls.call(tool, arguments).thenApply(this::response)))
                    .register();
        }
    }

    /** The text repeats the content as JSON, since many clients show their model nothing else. */
    private ToolResponse response(ToolResult result) {
        TextContent text = new TextContent(result.text());
        if (result.content() == null) {
            return new ToolResponse(result.isError(), List.of(text), null, null);
        }
        Map<String, Object> content = json.convertValue(result.content(), new TypeReference<>() {});
        TextContent repeated = new TextContent(new JsonObject(content).encode());
        return new ToolResponse(result.isError(), List.of(text, repeated), content, null);
    }
}
