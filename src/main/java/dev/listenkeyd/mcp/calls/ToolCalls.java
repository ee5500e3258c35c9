package dev.listenkeyd.mcp.calls;

import dev.listenkeyd.mcp.calls.AgentTool.Prepared;
import dev.listenkeyd.policy.Call;
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
 * The only way from an agent to a tool: decide, have a person approve if the policy requires it, do the work, return quota that
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
        String scope = tool.description().scope();
        boolean hasScope = caller.has(scope);
        Object id = arguments.requestId().value();
        CompletableFuture<Void> cancelled = caller.hungUp();
        return begin(policy.mayBlock(), () -> policy.decide(call, scope, hasScope))
                .thenCompose(decision -> decided(new AgentCall(tool, call, id, values, decision, cancelled)));
    }

    private CompletionStage<ToolResult> decided(AgentCall call) {
        recorder.count(call);
        return call.decision() instanceof Denied denied ? end(call, null, ToolResult.denied(denied)) : admit(call);
    }

    private CompletionStage<ToolResult> admit(AgentCall call) {
        ToolResult refusal = running.begin(call);
        if (refusal != null) {
            return end(call, null, refusal);
        }
        return begin(call::prepare)
                .handle((prepared, thrown) ->
                        thrown == null ? carryOut(call, prepared) : end(call, null, ToolResult.failed(thrown)))
                .thenCompose(Function.identity())
                .whenComplete((result, thrown) -> running.end(call));
    }

    private CompletionStage<ToolResult> carryOut(AgentCall call, Prepared prepared) {
        CompletionStage<ToolResult> result = call.decision() instanceof NeedsApproval needed
                ? begin(() -> approval.ask(call, prepared.account(), needed))
                        .thenCompose(Function.identity())
                        .thenCompose(refusal -> refusal.isPresent()
                                ? CompletableFuture.completedFuture(refusal.get())
                                : workIfUnchanged(call, prepared))
                        .exceptionally(ToolResult::failed)
                : work(prepared);
        return result.thenCompose(done -> end(call, prepared.account(), done));
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
        return mayBlock ? begin(work) : CompletableFuture.completedFuture(work.get());
    }

    private CompletionStage<ToolResult> end(AgentCall call, @Nullable String account, ToolResult result) {
        if (!result.counts()) {
            CompletionStage<Void> unused = begin(policy.mayBlock(), () -> {
                policy.refund(call.decision());
                return null;
            });
        }
        return recorder.write(call, account, result).thenApply(written -> result);
    }
}
