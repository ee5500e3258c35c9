package dev.listenkeyd.mcp;

import dev.listenkeyd.approval.Approvals;
import dev.listenkeyd.approval.Approvals.Request;
import dev.listenkeyd.approval.Question;
import dev.listenkeyd.approval.Verdict;
import dev.listenkeyd.approval.Verdict.Approved;
import dev.listenkeyd.approval.Verdict.Rejected;
import dev.listenkeyd.approval.Verdict.TooMany;
import dev.listenkeyd.approval.Verdict.Withdrawn;
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
import dev.listenkeyd.renewal.Secret;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkiverse.mcp.server.TextContent;
import io.quarkiverse.mcp.server.ToolManager.ToolArguments;
import io.quarkiverse.mcp.server.ToolResponse;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.quarkus.virtual.threads.VirtualThreads;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
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
    private final Caller caller;
    private final ExecutorService executor;
    private final Records records;

    ToolCalls(
            PolicyFiles policies,
            Counters counters,
            InstantSource clock,
            Caller caller,
            @VirtualThreads ExecutorService executor,
            Records records) {
        this.policies = policies;
        this.counters = counters;
        this.clock = clock;
        this.caller = caller;
        this.executor = executor;
        this.records = records;
    }

    /** Who calls, as long as the call is being begun. */
    @Singleton
    static final class Caller {
        private final SecurityIdentity identity;
        private final CurrentVertxRequest request;

        Caller(SecurityIdentity identity, CurrentVertxRequest request) {
            this.identity = identity;
            this.request = request;
        }

        private String client() {
            return identity.getPrincipal().getName();
        }

        private boolean may(String scope) {
            return identity.hasRole(scope);
        }

        /** The library does not notice: it answers into a closed connection. */
        private void onHangUp(Runnable then) {
            request.getCurrent().addEndHandler(end -> {
                if (end.failed()) {
                    then.run();
                }
            });
        }
    }

    /** Where calls are counted and kept. */
    @Singleton
    static final class Records {
        private final AuditLog audit;
        private final Approvals approvals;
        private final MeterRegistry registry;

        Records(AuditLog audit, Approvals approvals, MeterRegistry registry) {
            this.audit = audit;
            this.approvals = approvals;
            this.registry = registry;
            Gauge.builder(
                            "listenkey.approvals.waiting",
                            approvals,
                            all -> all.waiting().size())
                    .description("Calls of tools that wait for a person")
                    .register(registry);
        }

        private void count(Verdict verdict) {
            Counter.builder("listenkey.approvals")
                    .description("Calls of tools that waited for a person, by how that ended")
                    .tag("outcome", verdict.getClass().getSimpleName())
                    .register(registry)
                    .increment();
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
        Call call = new Call(caller.client(), arguments.connection().id(), tool.name());
        Decision decision = caller.may(tool.scope())
                ? Policy.judge(policies.of(call.client()), call, counters, clock.instant())
                : new Denied("(scope)", "this client lacks the scope " + tool.scope(), null);
        records.count(tool.name(), word(decision));
        Map<String, Object> values = arguments.args();
        return Uni.createFrom()
                .completionStage(decided(tool, call, values, decision)
                        .thenCompose(result ->
                                record(tool, call, values, decision, result).thenApply(written -> response(result))));
    }

    private CompletionStage<ToolResult> decided(
            AgentTool tool, Call call, Map<String, Object> arguments, Decision decision) {
        if (decision instanceof Allowed allowed) {
            return carryOut(tool, call.client(), arguments, allowed.taken());
        }
        return decision instanceof NeedsApproval asked
                ? approved(tool, call, arguments, asked)
                : CompletableFuture.completedFuture(denied((Denied) decision));
    }

    private CompletionStage<ToolResult> approved(
            AgentTool tool, Call call, Map<String, Object> arguments, NeedsApproval asked) {
        Request request = records.approvals.ask(
                new Question(call.client(), call.session(), call.tool(), null, names(tool, arguments), asked.reason()));
        caller.onHangUp(request::withdraw);
        return request.verdict().thenCompose(verdict -> {
            records.count(verdict);
            Policy now = policies.of(call.client());
            boolean stillMay = now != null && !now.forbids(call.tool());
            if (verdict instanceof Approved && stillMay) {
                return carryOut(tool, call.client(), arguments, asked.taken());
            }
            counters.giveBack(asked.taken());
            return CompletableFuture.completedFuture(notApproved(verdict, asked.reason()));
        });
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
            return error(code, refused.detail() + " (" + code + ")");
        }
        LOG.error("a tool call failed by a defect of ours", cause);
        return error("internal-error", "a defect of the daemon; its log has more");
    }

    private static ToolResult denied(Denied denied) {
        Instant comeBackAt = denied.comeBackAt();
        String when = comeBackAt == null ? "" : "; come back at " + comeBackAt;
        return error("denied", "[POLICY DENIED] " + denied.reason() + when);
    }

    private static ToolResult notApproved(Verdict verdict, String reason) {
        if (verdict instanceof Rejected rejected) {
            String why = rejected.reason() == null ? "" : ": " + rejected.reason();
            return error("rejected", "[POLICY DENIED] a person has rejected this call" + why);
        }
        if (verdict instanceof Approved) {
            return error("denied", "[POLICY DENIED] the policy has changed meanwhile and does not allow this tool");
        }
        if (verdict instanceof TooMany) {
            return error(
                    "not-asked", "[APPROVAL REQUIRED] " + reason + "; too many calls wait already, try again later");
        }
        // Nobody reads what is said to who has hung up.
        String word = verdict instanceof Withdrawn ? "withdrawn" : "not-decided";
        return error(word, "[APPROVAL REQUIRED] " + reason + "; nobody decided in time, so nothing was done");
    }

    private static ToolResult error(String word, String text) {
        return new ToolResult(true, word, text, Map.of(), false);
    }

    /** Those that the tool knows: any other is text that the agent chose. */
    private static Set<String> names(AgentTool tool, Map<String, Object> arguments) {
        Set<String> known = tool.inputSchema().getJsonObject("properties").fieldNames();
        Set<String> names = new TreeSet<>();
        arguments.keySet().forEach(name -> names.add(known.contains(name) ? name : "(unknown)"));
        return names;
    }

    private CompletionStage<Void> record(
            AgentTool tool, Call call, Map<String, Object> arguments, Decision decision, ToolResult result) {
        String text = "%s %s %s: %s; arguments %s; session %s"
                .formatted(
                        call.tool(),
                        word(decision),
                        decision.rule(),
                        result.word(),
                        String.join(",", names(tool, arguments)),
                        new Secret(call.session()).fingerprint());
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
