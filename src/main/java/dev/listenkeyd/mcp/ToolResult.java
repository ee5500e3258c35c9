package dev.listenkeyd.mcp;

import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.policy.Decision.Denied;
import io.quarkiverse.mcp.server.Content;
import io.quarkiverse.mcp.server.TextContent;
import io.quarkiverse.mcp.server.ToolResponse;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.jboss.logging.Logger;

/**
 * What a call came to.
 *
 * @param word for the audit
 * @param text for the model
 * @param content as the output schema of the tool has it; empty for an error
 * @param counts whether the call uses up its quota: not, when it was meant for the exchange and did not get there, or when
 *     there was no room for it here
 */
record ToolResult(boolean isError, String word, String text, Map<String, Object> content, boolean counts) {
    private static final Logger LOG = Logger.getLogger("listenkeyd.mcp");

    static ToolResult of(String word, String text, Map<String, Object> content) {
        return new ToolResult(false, word, text, content, true);
    }

    static ToolResult error(String word, String text) {
        return new ToolResult(true, word, text, Map.of(), true);
    }

    static ToolResult busy() {
        return new ToolResult(true, "busy", "too many calls are under way; try again in a second", Map.of(), false);
    }

    static ToolResult denied(Denied denied) {
        Instant comeBackAt = denied.comeBackAt();
        String when = comeBackAt == null ? "" : "; come back at " + comeBackAt;
        return error("denied", "[POLICY DENIED] " + denied.reason() + when);
    }

    static ToolResult failed(Throwable thrown) {
        Throwable cause =
                thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        if (cause instanceof LeaseRefused refused) {
            String text = refused.detail() + " (" + refused.code() + ")";
            return new ToolResult(true, refused.code(), text, Map.of(), counts(refused.refusal()));
        }
        LOG.error("a tool call failed by a defect of ours", cause);
        return error("internal-error", "a defect of the daemon; its log has more");
    }

    private static boolean counts(Refusal refusal) {
        return switch (refusal) {
            case UPSTREAM_UNAVAILABLE, STORE_UNAVAILABLE, FULL, BUSY -> false;
            case INVALID_REQUEST,
                    NOT_FOUND,
                    ACCOUNT_UNKNOWN,
                    CREDENTIALS_REFUSED,
                    NO_ACTIVE_KEY,
                    ANOTHER_KEY_ACTIVE,
                    HOLDERS_REMAIN,
                    API_KEY_DIFFERS,
                    FORBIDDEN,
                    LOST,
                    PENDING -> true;
        };
    }

    /** The content stands in the text, too: many clients show their model nothing else. */
    ToolResponse response() {
        if (content.isEmpty()) {
            return new ToolResponse(isError, List.of(new TextContent(text)), null, null);
        }
        List<Content> texts = List.of(new TextContent(text), new TextContent(new JsonObject(content).encode()));
        return new ToolResponse(isError, texts, content, null);
    }
}
