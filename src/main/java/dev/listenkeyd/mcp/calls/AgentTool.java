package dev.listenkeyd.mcp.calls;

import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.view.JsonSchema;
import io.quarkiverse.mcp.server.ToolManager.ToolAnnotations;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A tool as agents see it, and its work once a call of it is allowed. */
public interface AgentTool {

    /**
     * The description for a model.
     *
     * @param text for a model that knows nothing of listen keys
     * @param scope that the client needs, see {@link dev.listenkeyd.access.Scope}
     * @param input schema of the arguments
     * @param output schema of the structured content
     */
    record Description(
            String name, String text, ToolAnnotations hints, String scope, JsonSchema input, JsonSchema output) {}

    /**
     * A call whose arguments are valid.
     *
     * @param account that it concerns, null when it is for none or for all
     * @param subject tells apart the leases and keys that an account has over time
     * @param work may block for the store, never for the exchange; fails with {@link dev.listenkeyd.lease.LeaseRefused} when
     *     it can't be granted
     */
    record Prepared(@Nullable String account, String subject, Supplier<CompletionStage<ToolResult>> work) {

        /** For an account, whatever lease it has. */
        public static Prepared of(@Nullable String account, Supplier<CompletionStage<ToolResult>> work) {
            return new Prepared(account, "", work);
        }

        /** For an account, with work that ends at once. */
        public static Prepared reading(@Nullable String account, Supplier<ToolResult> work) {
            return of(account, () -> CompletableFuture.completedFuture(work.get()));
        }

        /** For this lease with this key. */
        public static Prepared about(Lease lease, Supplier<CompletionStage<ToolResult>> work) {
            String subject = lease.registration().registeredAt() + " " + lease.generation();
            return new Prepared(lease.account(), subject, work);
        }
    }

    Description description();

    /** The name that the policy decides by. */
    default String nameForPolicy(Map<String, Object> arguments) {
        return description().name();
    }

    /**
     * Reads the arguments, and changes nothing.
     *
     * @param client whose agent calls
     * @throws dev.listenkeyd.lease.LeaseRefused when the arguments are not valid
     */
    Prepared prepare(String client, Map<String, Object> arguments);
}
