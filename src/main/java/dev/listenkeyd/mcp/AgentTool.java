package dev.listenkeyd.mcp;

import dev.listenkeyd.lease.Lease;
import io.quarkiverse.mcp.server.ToolManager.ToolAnnotations;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A tool as agents see it, and what it does once a call of it is allowed. */
interface AgentTool {

    /**
     * What a model is told.
     *
     * @param text for a model that knows nothing of listen keys
     * @param scope what its client must be allowed to, see {@link dev.listenkeyd.access.Scope}
     * @param input JSON schema of the arguments; what it does not name is refused
     * @param output JSON schema of the structured content
     */
    record Description(
            String name, String text, ToolAnnotations hints, String scope, JsonObject input, JsonObject output) {}

    /**
     * A call whose arguments are understood.
     *
     * @param account that it concerns, null when it is for none or for all
     * @param subject what exactly it is about; another one stands for another lease or key
     * @param work does it, when asked; may block for the store, never for the exchange, and fails with {@link
     *     dev.listenkeyd.lease.LeaseRefused} when it can't be granted
     */
    record Prepared(@Nullable String account, String subject, Supplier<CompletionStage<ToolResult>> work) {

        /** For an account, whatever lease it has. */
        static Prepared of(@Nullable String account, Supplier<CompletionStage<ToolResult>> work) {
            return new Prepared(account, "", work);
        }

        /** About this lease with this key. */
        static Prepared about(Lease lease, Supplier<CompletionStage<ToolResult>> work) {
            String subject = lease.registration().registeredAt() + " " + lease.generation();
            return new Prepared(lease.account(), subject, work);
        }
    }

    Description description();

    /** The name that the policy judges. */
    default String judgedAs(Map<String, Object> arguments) {
        return description().name();
    }

    /**
     * Reads the arguments, and changes nothing.
     *
     * @param client whose agent calls
     * @throws dev.listenkeyd.lease.LeaseRefused when they are not understood
     */
    Prepared prepare(String client, Map<String, Object> arguments);
}
