package dev.listenkeyd.mcp.calls;

import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.policy.Decision.Denied;
import java.time.Instant;
import java.util.concurrent.CompletionException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a call.
 *
 * @param word for the audit
 * @param text for the model
 * @param content a record as the output schema of the tool describes it; null for an error
 * @param counts whether the call uses up its quota. It does not when it was meant for the exchange and did not get there, or
 *     when the daemon had no room for it
 */
public record ToolResult(
        boolean isError, String word, String text, @Nullable Record content, boolean counts) {
    private static final Logger LOG = Logger.getLogger("listenkeyd.mcp");

    public static ToolResult of(String word, String text, Record content) {
        return new ToolResult(false, word, text, content, true);
    }

    static ToolResult error(String word, String text) {
        return new ToolResult(true, word, text, null, true);
    }

    static ToolResult busy() {
        return new ToolResult(true, "busy", "too many calls are running; try again in a second", null, false);
    }

    static ToolResult withdrawn() {
        return error("withdrawn", "the call was cancelled before it began");
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
            return new ToolResult(true, refused.code(), text, null, counts(refused.refusal()));
        }
        LOG.error("internal error in a tool call", cause);
        return error("internal-error", "internal error; the log of the daemon has the details");
    }

    private static boolean counts(Refusal refusal) {
        return switch (refusal) {
            case UPSTREAM_UNAVAILABLE, STORE_UNAVAILABLE, FULL, BUSY, PAUSED -> false;
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
}
