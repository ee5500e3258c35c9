package dev.listenkeyd.mcp.calls;

import dev.listenkeyd.audit.Action;
import dev.listenkeyd.audit.AuditLog;
import dev.listenkeyd.audit.AuditRateLimit;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.policy.Decision;
import dev.listenkeyd.policy.ToolRule;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Counts the calls of tools, and writes their audit rows. */
@Startup
@Singleton
final class CallRecorder {
    private final AuditLog audit;
    private final MeterRegistry registry;
    private final AuditRateLimit refusals;

    CallRecorder(AuditLog audit, MeterRegistry registry, AuditRateLimit refusals) {
        this.audit = audit;
        this.registry = registry;
        this.refusals = refusals;
        for (ToolRule.Action action : ToolRule.Action.values()) {
            // Registered at 0, so that the first call of a kind is seen as an increase.
            ToolNames.ALL.forEach(tool -> counter(tool, action));
            counter(ToolNames.UNKNOWN, action);
        }
    }

    void count(AgentCall call, Decision decision) {
        counter(call.toolName(), decision.action()).increment();
    }

    private Counter counter(String tool, ToolRule.Action action) {
        return Counter.builder("listenkey.policy.decisions")
                .description("Calls of tools, by decision of the policy")
                .tag("tool", tool)
                .tag("decision", action.word())
                .register(registry);
    }

    /** Completes when the row is on disk, or when that takes too long. */
    CompletionStage<Void> write(AgentCall call, Decision decision, @Nullable String account, ToolResult result) {
        String text = "%s %s %s: %s; arguments %s; session %s"
                .formatted(
                        call.toolName(),
                        decision.action().word(),
                        decision.rule(),
                        result.word(),
                        String.join(",", call.argumentNames()),
                        new Secret(call.session()).fingerprint());
        // A call that ended before its work began costs an agent nothing, so it may loop.
        Optional<String> admitted =
                result.isError() && account == null ? refusals.admit(call.client(), text) : Optional.of(text);
        return admitted.isEmpty()
                ? CompletableFuture.completedFuture(null)
                : audit.record(call.client(), Action.TOOL, account, admitted.get());
    }
}
