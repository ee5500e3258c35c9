package dev.listenkeyd.mcp;

import dev.listenkeyd.mcp.AgentTool.Prepared;
import dev.listenkeyd.policy.Call;
import dev.listenkeyd.policy.Decision;
import dev.listenkeyd.policy.Decision.Denied;
import dev.listenkeyd.policy.Decision.NeedsApproval;
import io.quarkiverse.mcp.server.ToolManager.ToolArguments;
import io.quarkiverse.mcp.server.ToolResponse;
import io.quarkus.virtual.threads.VirtualThreads;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The one way from an agent to a tool: decide, ask a person where the policy wants one, do, give back, record, answer. */
@Singleton
final class ToolCalls {
    private final Caller caller;
    private final PolicyEnforcer judge;
    private final ConcurrencyLimit underWay;
    private final HumanApproval persons;
    private final ToolRecords records;
    private final ExecutorService executor;

    ToolCalls(
            Caller caller,
            PolicyEnforcer judge,
            ConcurrencyLimit underWay,
            HumanApproval persons,
            ToolRecords records,
            @VirtualThreads ExecutorService executor) {
        this.caller = caller;
        this.judge = judge;
        this.underWay = underWay;
        this.persons = persons;
        this.records = records;
        this.executor = executor;
    }

    /** Called on the event loop: nothing here blocks. */
    Uni<ToolResponse> call(AgentTool tool, ToolArguments arguments) {
        Map<String, Object> values = arguments.args();
        Call call = new Call(caller.client(), arguments.connection().id(), tool.judgedAs(values));
        String scope = tool.description().scope();
        Decision decision = judge.decide(call, scope, caller.may(scope));
        AgentCall whole = new AgentCall(tool, call, arguments.requestId().value(), values, decision, caller.hungUp());
        records.count(whole);
        return Uni.createFrom()
                .completionStage(
                        decision instanceof Denied denied
                                ? end(whole, null, ToolResult.denied(denied))
                                : admitted(whole));
    }

    private CompletionStage<ToolResponse> admitted(AgentCall call) {
        ToolResult refusal = underWay.begin(call);
        if (refusal != null) {
            return end(call, null, refusal);
        }
        return begin(call::prepare)
                .handle((prepared, thrown) ->
                        thrown == null ? carryOut(call, prepared) : end(call, null, ToolResult.failed(thrown)))
                .thenCompose(Function.identity())
                .whenComplete((response, thrown) -> underWay.end(call));
    }

    private CompletionStage<ToolResponse> carryOut(AgentCall call, Prepared prepared) {
        CompletionStage<ToolResult> result = call.decision() instanceof NeedsApproval needed
                ? persons.ask(call, prepared.account(), needed)
                        .thenCompose(refusal -> refusal.isPresent()
                                ? CompletableFuture.completedFuture(refusal.get())
                                : workIfUnchanged(call, prepared))
                : work(prepared);
        return result.thenCompose(done -> end(call, prepared.account(), done));
    }

    /** What a person has approved is done, and nothing that has taken its place meanwhile. */
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

    private CompletionStage<ToolResponse> end(AgentCall call, @Nullable String account, ToolResult result) {
        if (!result.counts()) {
            judge.giveBack(call.decision());
        }
        return records.write(call, account, result).thenApply(written -> result.response());
    }
}
