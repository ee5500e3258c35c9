package dev.listenkeyd.mcp;

import dev.listenkeyd.access.Clients;
import dev.listenkeyd.approval.ApprovalOutcome;
import dev.listenkeyd.approval.ApprovalRequest;
import dev.listenkeyd.approval.Approvals;
import dev.listenkeyd.approval.Approvals.Request;
import dev.listenkeyd.policy.Decision.NeedsApproval;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Asks a person about calls that the policy leaves to one, for as long as the agent waits. */
@Singleton
final class HumanApproval {
    private static final Logger LOG = Logger.getLogger("listenkeyd.mcp");

    private final Approvals approvals;
    private final AgentSessions sessions;
    private final PolicyEnforcer judge;
    private final Clients clients;
    private final ApprovalMeters meters;

    HumanApproval(
            Approvals approvals, AgentSessions sessions, PolicyEnforcer judge, Clients clients, ApprovalMeters meters) {
        this.approvals = approvals;
        this.sessions = sessions;
        this.judge = judge;
        this.clients = clients;
        this.meters = meters;
    }

    /**
     * Waits for a decision.
     *
     * @return empty when the call may be made, else what to tell the agent; never fails
     */
    CompletionStage<Optional<ToolResult>> ask(AgentCall call, @Nullable String account, NeedsApproval needed) {
        String asked = "[APPROVAL REQUIRED] " + needed.reason() + "; ";
        if (!clients.haveApproverFor(call.client())) {
            return CompletableFuture.completedFuture(
                    Optional.of(ToolResult.error("no-approver", asked + "but no other client here may approve")));
        }
        ApprovalRequest question = new ApprovalRequest(
                call.client(), call.session(), call.toolName(), account, call.argumentNames(), needed.reason());
        Request request = approvals.ask(question);
        if (request.isWaiting()) {
            LOG.infof(
                    "%s of %s's agent for %s waits for a person until %s, see /v1/approvals",
                    call.toolName(), call.client(), account == null ? "no account" : account, request.until());
        }
        CompletionStage<Void> unused = call.takenBack().thenRun(request::withdraw);
        // A session that ended before the call was under way knew nothing of it.
        if (!sessions.isOf(call.client(), call.session())) {
            request.withdraw();
        }
        return request.verdict().thenApply(verdict -> {
            meters.count(verdict);
            return refusal(call, verdict, asked);
        });
    }

    private Optional<ToolResult> refusal(AgentCall call, ApprovalOutcome verdict, String asked) {
        String word = verdict.ending().word();
        return switch (verdict.ending()) {
            case APPROVED -> changed(call);
            case REJECTED -> {
                String why = verdict.reason() == null ? "" : ": " + verdict.reason();
                yield Optional.of(ToolResult.error(word, "[POLICY DENIED] a person has rejected this call" + why));
            }
            case TIMED_OUT ->
                Optional.of(ToolResult.error(
                        word,
                        asked + "nobody decided in time, so nothing was done; ask your user whether to call again"));
            case WITHDRAWN -> Optional.of(ToolResult.error(word, asked + "the call was taken back"));
            case NOT_ASKED ->
                Optional.of(ToolResult.error(word, asked + "too many calls wait already, so try again later"));
        };
    }

    /** A call is not made that the policy forbids by now; what it uses of its limits was taken before it waited. */
    private Optional<ToolResult> changed(AgentCall call) {
        return judge.forbids(call.call())
                ? Optional.of(ToolResult.error(
                        "denied", "[POLICY DENIED] the policy has changed and does not allow this tool any more"))
                : Optional.empty();
    }
}
