package dev.listenkeyd.mcp;

import dev.listenkeyd.mcp.AgentTool.Prepared;
import dev.listenkeyd.policy.Call;
import dev.listenkeyd.policy.Counters;
import dev.listenkeyd.policy.Counters.Taken;
import dev.listenkeyd.policy.Decision;
import dev.listenkeyd.policy.Decision.Denied;
import dev.listenkeyd.policy.Decision.NeedsApproval;
import dev.listenkeyd.policy.Policy;
import io.quarkiverse.mcp.server.ToolManager.ToolArguments;
import io.quarkiverse.mcp.server.ToolResponse;
import io.quarkus.virtual.threads.VirtualThreads;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The one way from an agent to a tool: decide, ask a person where the policy wants one, do, give back, record, answer. */
@Singleton
final class ToolCalls {
    private final Caller caller;
    private final Judge judge;
    private final UnderWay underWay;
    private final Persons persons;
    private final ToolRecords records;
    private final ExecutorService executor;

    ToolCalls(
            Caller caller,
            Judge judge,
            UnderWay underWay,
            Persons persons,
            ToolRecords records,
            @VirtualThreads ExecutorService executor) {
        this.caller = caller;
        this.judge = judge;
        this.underWay = underWay;
        this.persons = persons;
        this.records = records;
        this.executor = executor;
    }

    /** What the policies say, and what calls have used of them. */
    @Singleton
    static final class Judge {
        private final PolicyFiles policies;
        private final Counters counters;
        private final InstantSource clock;

        Judge(PolicyFiles policies, Counters counters, InstantSource clock) {
            this.policies = policies;
            this.counters = counters;
            this.clock = clock;
        }

        /** The policy first: what it denies is denied by its rule, whatever else stands in the way. */
        private Decision decide(Call call, boolean mayByScope, String scope) {
            Decision decision = Policy.judge(policies.of(call.client()), call, counters, clock.instant());
            if (decision instanceof Denied || mayByScope) {
                return decision;
            }
            giveBack(decision);
            return new Denied("(scope)", "this client lacks the scope " + scope, null);
        }

        private void giveBack(Decision decision) {
            Taken taken = decision.taken();
            if (taken != null) {
                counters.giveBack(taken);
            }
        }
    }

    /** Called on the event loop: nothing here blocks. */
    Uni<ToolResponse> call(AgentTool tool, ToolArguments arguments) {
        Map<String, Object> values = arguments.args();
        Call call = new Call(caller.client(), arguments.connection().id(), tool.judgedAs(values));
        String scope = tool.description().scope();
        Decision decision = judge.decide(call, caller.may(scope), scope);
        AgentCall whole = new AgentCall(
                tool,
                call,
                values,
                decision,
                caller.hungUp(),
                () -> arguments.cancellation().check().isRequested());
        records.count(whole);
        return Uni.createFrom()
                .completionStage(
                        decision instanceof Denied denied
                                ? end(whole, null, ToolResult.denied(denied))
                                : admitted(whole));
    }

    private CompletionStage<ToolResponse> admitted(AgentCall call) {
        if (!underWay.begin(call.client())) {
            return end(call, null, ToolResult.error("busy", "too many calls are under way; try again in a second"));
        }
        return CompletableFuture.supplyAsync(() -> call.tool().prepare(call.client(), call.arguments()), executor)
                .handle((prepared, thrown) ->
                        thrown == null ? carryOut(call, prepared) : end(call, null, ToolResult.failed(thrown)))
                .thenCompose(Function.identity())
                .whenComplete((response, thrown) -> underWay.end(call.client()));
    }

    private CompletionStage<ToolResponse> carryOut(AgentCall call, Prepared prepared) {
        CompletionStage<ToolResult> result = call.decision() instanceof NeedsApproval needed
                ? persons.ask(call, prepared.account(), needed)
                        .thenCompose(
                                refusal -> refusal.<CompletionStage<ToolResult>>map(CompletableFuture::completedFuture)
                                        .orElseGet(() -> work(prepared)))
                : work(prepared);
        return result.thenCompose(done -> end(call, prepared.account(), done));
    }

    private CompletionStage<ToolResult> work(Prepared prepared) {
        return CompletableFuture.supplyAsync(prepared.work(), executor)
                .thenCompose(Function.identity())
                .exceptionally(ToolResult::failed);
    }

    private CompletionStage<ToolResponse> end(AgentCall call, @Nullable String account, ToolResult result) {
        if (!result.counts()) {
            judge.giveBack(call.decision());
        }
        return records.write(call, account, result).thenApply(written -> result.response());
    }
}
