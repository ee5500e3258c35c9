package dev.listenkeyd.mcp;

import dev.listenkeyd.audit.Action;
import dev.listenkeyd.audit.AuditLog;
import dev.listenkeyd.policy.Call;
import dev.listenkeyd.policy.Counters;
import dev.listenkeyd.policy.Counters.Taken;
import dev.listenkeyd.policy.Decision;
import dev.listenkeyd.policy.Decision.Allowed;
import dev.listenkeyd.policy.Decision.Denied;
import dev.listenkeyd.policy.Decision.NeedsApproval;
import dev.listenkeyd.policy.Policy;
import dev.listenkeyd.renewal.LeaseRefused;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkiverse.mcp.server.TextContent;
import io.quarkiverse.mcp.server.ToolManager.ToolArguments;
import io.quarkiverse.mcp.server.ToolResponse;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.virtual.threads.VirtualThreads;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The one way from an agent to a tool: decide, do, give back, record, answer. */
@Singleton
final class ToolCalls {
    private static final Logger LOG = Logger.getLogger("listenkeyd.mcp");

    private final PolicyFiles policies;
    private final Counters counters;
    private final InstantSource clock;
    private final SecurityIdentity caller;
    private final ExecutorService executor;
    private final Records records;

    ToolCalls(
            PolicyFiles policies,
            Counters counters,
            InstantSource clock,
            SecurityIdentity caller,
            @VirtualThreads ExecutorService executor,
            Records records) {
        this.policies = policies;
        this.counters = counters;
        this.clock = clock;
        this.caller = caller;
        this.executor = executor;
        this.records = records;
    }

    /** Where calls are counted and kept. */
    @Singleton
    static final class Records {
        private final AuditLog audit;
        private final MeterRegistry registry;

        Records(AuditLog audit, MeterRegistry registry) {
            this.audit = audit;
            this.registry = registry;
        }

        private void count(String tool, String decision) {
            Counter.builder("listenkey.policy.decisions")
                    .description("Calls of tools, by what the policy said of them")
                    .tag("tool", tool)
                    .tag("decision", decision)
                    .register(registry)
                    .increment();
        }
    }

    /** Called on the event loop: nothing here blocks. */
    Uni<ToolResponse> call(AgentTool tool, ToolArguments arguments) {
        String client = caller.getPrincipal().getName();
        Call call = new Call(client, arguments.connection().id(), tool.name());
        Decision decision = caller.hasRole(tool.scope())
                ? Policy.judge(policies.of(client), call, counters, clock.instant())
                : new Denied("(scope)", "this client lacks the scope " + tool.scope(), null);
        records.count(tool.name(), word(decision));
        Map<String, Object> values = arguments.args();
        CompletionStage<ToolResult> done = decision instanceof Allowed allowed
                ? carryOut(tool, client, values, allowed.taken())
                : CompletableFuture.completedFuture(refusal(decision));
        return Uni.createFrom()
                .completionStage(done.thenCompose(
                        result -> record(call, values, decision, result).thenApply(written -> response(result))));
    }

    private CompletionStage<ToolResult> carryOut(
            AgentTool tool, String client, Map<String, Object> arguments, Taken taken) {
        return CompletableFuture.supplyAsync(() -> tool.call(client, arguments), executor)
                .thenCompose(stage -> stage)
                .exceptionally(ToolCalls::failed)
                .thenApply(result -> {
                    if (!result.counts()) {
                        counters.giveBack(taken);
                    }
                    return result;
                });
    }

    private static ToolResult failed(Throwable thrown) {
        Throwable cause =
                thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        if (cause instanceof LeaseRefused refused) {
            String code = refused.refusal().name().toLowerCase(Locale.ROOT).replace('_', '-');
            return new ToolResult(true, code, refused.detail() + " (" + code + ")", Map.of(), false);
        }
        LOG.error("a tool call failed by a defect of ours", cause);
        return new ToolResult(true, "internal-error", "a defect of the daemon; its log has more", Map.of(), false);
    }

    private ToolResult refusal(Decision decision) {
        if (decision instanceof NeedsApproval asked) {
            // Nobody can be asked yet.
            counters.giveBack(asked.taken());
            return new ToolResult(true, "not-approved", "[APPROVAL REQUIRED] " + asked.reason(), Map.of(), false);
        }
        Denied denied = (Denied) decision;
        Instant comeBackAt = denied.comeBackAt();
        String when = comeBackAt == null ? "" : "; come back at " + comeBackAt;
        return new ToolResult(true, "denied", "[POLICY DENIED] " + denied.reason() + when, Map.of(), false);
    }

    private CompletionStage<Void> record(
            Call call, Map<String, Object> arguments, Decision decision, ToolResult result) {
        String text = "%s %s %s: %s; arguments %s; session %s"
                .formatted(
                        call.tool(),
                        word(decision),
                        decision.rule(),
                        result.word(),
                        String.join(",", new TreeSet<>(arguments.keySet())),
                        call.session());
        return records.audit.record(call.client(), Action.TOOL, null, text);
    }

    private static ToolResponse response(ToolResult result) {
        List<TextContent> text = List.of(new TextContent(result.text()));
        @Nullable Map<String, Object> content = result.content().isEmpty() ? null : result.content();
        return new ToolResponse(result.isError(), text, content, null);
    }

    private static String word(Decision decision) {
        if (decision instanceof Allowed) {
            return "allowed";
        }
        return decision instanceof NeedsApproval ? "needs-approval" : "denied";
    }
}
