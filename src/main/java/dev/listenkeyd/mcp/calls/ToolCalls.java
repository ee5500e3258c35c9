package dev.listenkeyd.mcp.calls;

import dev.listenkeyd.mcp.calls.AgentTool.Prepared;
import dev.listenkeyd.policy.Call;
import dev.listenkeyd.policy.Decision;
import dev.listenkeyd.policy.Decision.Denied;
import dev.listenkeyd.policy.Decision.NeedsApproval;
import io.quarkiverse.mcp.server.ToolManager.ToolArguments;
import io.quarkus.virtual.threads.VirtualThreads;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The only way from an agent to a tool: find room, decide, have a person approve if the policy requires it, do the work, return quota that
 * was not used, record, answer.
 */
@Singleton
public final class ToolCalls {
    private final Caller caller;
    private final PolicyEnforcer policy;
    private final ConcurrencyLimit running;
    private final HumanApproval approval;
    private final CallRecorder recorder;
    private final ExecutorService executor;

    ToolCalls(
            Caller caller,
            PolicyEnforcer policy,
            ConcurrencyLimit running,
            HumanApproval approval,
            CallRecorder recorder,
            @VirtualThreads ExecutorService executor) {
        this.caller = caller;
        this.policy = policy;
        this.running = running;
        this.approval = approval;
        this.recorder = recorder;
        this.executor = executor;
    }

    /** To be called on the event loop; nothing here blocks. */
    public CompletionStage<ToolResult> call(AgentTool tool, ToolArguments arguments) {
        Map<String, Object> values = arguments.args();
        Call call = new Call(caller.client(), arguments.connection().id(), tool.nameForPolicy(values));
        boolean hasScope = caller.has(tool.description().scope());
        return call(new AgentCall(tool, call, arguments.requestId().value(), values, caller.hungUp()), hasScope);
    }

    /** The call is known before it is decided, which may take seconds: it can be cancelled, and such calls do not pile up. */
    CompletionStage<ToolResult> call(AgentCall call, boolean hasScope) {
        ToolResult refusal = running.begin(call);
        if (refusal != null) {
            Decision none = new Denied(Decision.NOT_DECIDED, refusal.text(), null);
            recorder.count(call, none);
            return end(call, none, null, refusal);
        }
        String scope = call.tool().description().scope();
        return begin(policy.mayBlock(), () -> policy.decide(call.call(), scope, hasScope))
                .thenCompose(decision -> decided(call, decision))
                .whenComplete((result, thrown) -> running.end(call));
    }

    private CompletionStage<ToolResult> decided(AgentCall call, Decision decision) {
        recorder.count(call, decision);
        if (decision instanceof Denied denied) {
            return end(call, decision, null, ToolResult.denied(denied));
        }
        ToolResult refusal = decision instanceof NeedsApproval ? running.beginWaiting(call) : null;
        if (refusal != null) {
            return end(call, decision, null, refusal);
        }
        return begin(call::prepare)
                .handle((prepared, thrown) -> thrown == null
                        ? carryOut(call, decision, prepared)
                        : end(call, decision, null, ToolResult.failed(thrown)))
                .thenCompose(Function.identity());
    }

    private CompletionStage<ToolResult> carryOut(AgentCall call, Decision decision, Prepared prepared) {
        return approvedWork(call, decision, prepared)
                .thenCompose(done -> end(call, decision, prepared.account(), done));
    }

    private CompletionStage<ToolResult> approvedWork(AgentCall call, Decision decision, Prepared prepared) {
        if (call.cancelled().isDone()) {
            return CompletableFuture.completedFuture(ToolResult.withdrawn());
        }
        if (!(decision instanceof NeedsApproval needed)) {
            return work(prepared);
        }
        return begin(() -> approval.ask(call, prepared.account(), needed))
                .thenCompose(Function.identity())
                .thenCompose(refusal -> refusal.isPresent()
                        ? CompletableFuture.completedFuture(refusal.get())
                        : workIfUnchanged(call, prepared))
                .exceptionally(ToolResult::failed);
    }

    /** The approval of a person holds for one lease and key, not for another one that took its place meanwhile. */
    private CompletionStage<ToolResult> workIfUnchanged(AgentCall call, Prepared approved) {
        return begin(call::prepare)
                .thenCompose(now -> now.subject().equals(approved.subject()) ? work(now) : changed())
                .exceptionally(ToolResult::failed);
    }

    private static CompletionStage<ToolResult> changed() {
        return CompletableFuture.completedFuture(ToolResult.error(
                "changed", "another key or lease has taken the place of the one that was asked about; call again"));
    }

    private CompletionStage<ToolResult> work(Prepared prepared) {
        return begin(prepared.work()).thenCompose(Function.identity()).exceptionally(ToolResult::failed);
    }

    private <T> CompletionStage<T> begin(Supplier<T> work) {
        try {
            return CompletableFuture.supplyAsync(work, executor);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private <T> CompletionStage<T> begin(boolean mayBlock, Supplier<T> work) {
        return mayBlock ? begin(work) : CompletableFuture.completedFuture(true).thenApply(now -> work.get());
    }

    private CompletionStage<ToolResult> end(
            AgentCall call, Decision decision, @Nullable String account, ToolResult result) {
        if (!result.counts()) {
            CompletionStage<Void> unused = begin(policy.mayBlock(), () -> {
                policy.refund(decision);
                return null;
            });
        }
        return recorder.write(call, decision, account, result).thenApply(written -> result);
    }
}
