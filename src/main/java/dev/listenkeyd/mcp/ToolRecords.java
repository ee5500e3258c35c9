package dev.listenkeyd.mcp;

import dev.listenkeyd.audit.Action;
import dev.listenkeyd.audit.AuditLog;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.policy.Decision;
import dev.listenkeyd.policy.Decision.Allowed;
import dev.listenkeyd.policy.Decision.NeedsApproval;
import dev.listenkeyd.policy.ToolAction;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import jakarta.inject.Singleton;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Where calls of tools are counted and kept. */
@Startup
@Singleton
final class ToolRecords {
    private final AuditLog audit;
    private final MeterRegistry registry;
    private final RefusedCalls refused;

    ToolRecords(AuditLog audit, MeterRegistry registry, RefusedCalls refused) {
        this.audit = audit;
        this.registry = registry;
        this.refused = refused;
        for (ToolAction action : ToolAction.values()) {
            // There from the start, at 0, so that the first call of a kind is seen as an increase.
            ToolNames.ALL.forEach(tool -> counter(tool, action));
            counter(ToolNames.UNKNOWN, action);
        }
    }

    void count(AgentCall call) {
        counter(call.toolName(), action(call.decision())).increment();
    }

    private Counter counter(String tool, ToolAction action) {
        return Counter.builder("listenkey.policy.decisions")
                .description("Calls of tools, by what the policy said of them")
                .tag("tool", tool)
                .tag("decision", word(action))
                .register(registry);
    }

    /** Completes when it is on disk, or when that takes too long. */
    CompletionStage<Void> write(AgentCall call, @Nullable String account, ToolResult result) {
        String text = "%s %s %s: %s; arguments %s; session %s"
                .formatted(
                        call.toolName(),
                        word(action(call.decision())),
                        call.decision().rule(),
                        result.word(),
                        String.join(",", call.argumentNames()),
                        new Secret(call.session()).fingerprint());
        // Whatever ended before its work began: nothing keeps an agent from doing that in a loop.
        if (result.isError() && account == null) {
            OptionalLong leftOut = refused.leftOutBefore(call.client());
            if (leftOut.isEmpty()) {
                return CompletableFuture.completedFuture(null);
            }
            text += leftOut.getAsLong() == 0 ? "" : "; " + leftOut.getAsLong() + " calls before this one were left out";
        }
        return audit.record(call.client(), Action.TOOL, account, text);
    }

    private static ToolAction action(Decision decision) {
        if (decision instanceof Allowed) {
            return ToolAction.ALLOW;
        }
        return decision instanceof NeedsApproval ? ToolAction.REQUIRE_APPROVAL : ToolAction.DENY;
    }

    /** As the policy writes it. */
    private static String word(ToolAction action) {
        return action.name().toLowerCase(Locale.ROOT);
    }
}
