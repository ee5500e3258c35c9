package dev.listenkeyd.mcp.calls;

import dev.listenkeyd.access.Clients;
import dev.listenkeyd.approval.ApprovalOutcome;
import dev.listenkeyd.approval.ApprovalRequest;
import dev.listenkeyd.approval.Approvals;
import dev.listenkeyd.approval.Approvals.PendingApproval;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.policy.Decision.NeedsApproval;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Has a person decide on calls for which the policy requires it, while the agent waits. */
@Singleton
final class HumanApproval {
    private static final Logger LOG = Logger.getLogger("listenkeyd.mcp");

    private final Approvals approvals;
    private final AgentSessions sessions;
    private final PolicyEnforcer policy;
    private final Clients clients;
    private final ApprovalMeters meters;

    HumanApproval(
            Approvals approvals,
            AgentSessions sessions,
            PolicyEnforcer policy,
            Clients clients,
            ApprovalMeters meters) {
        this.approvals = approvals;
        this.sessions = sessions;
        this.policy = policy;
        this.clients = clients;
        this.meters = meters;
    }

    /**
     * Waits for a decision. May block for the store before that.
     *
     * @return empty when the call may be made, else the answer to the agent; never fails
     */
    CompletionStage<Optional<ToolResult>> ask(AgentCall call, @Nullable String account, NeedsApproval needed) {
        String asked = "[APPROVAL REQUIRED] " + needed.reason() + "; ";
        if (!clients.haveApproverFor(call.client())) {
            return CompletableFuture.completedFuture(
                    Optional.of(ToolResult.error("no-approver", asked + "but no other client here may approve")));
        }
        PendingApproval request = approvals.ask(new ApprovalRequest(
                call.client(),
                new Secret(call.session()).fingerprint(),
                call.toolName(),
                account,
                call.argumentNames(),
                needed.reason()));
        if (request.isWaiting()) {
            LOG.infof(
                    "%s of %s's agent for %s waits for a person until %s, see /v1/approvals",
                    call.toolName(),
                    call.client(),
                    account == null ? "no account" : account,
                    request.call().until());
        }
        CompletionStage<Void> unused = call.cancelled().thenRun(request::withdraw);
        // A session that ended before the call began could not cancel it.
        if (!sessions.isOf(call.client(), call.session())) {
            request.withdraw();
        }
        return request.outcome().thenApply(outcome -> {
            meters.count(outcome);
            return refusal(call, outcome, asked);
        });
    }

    private Optional<ToolResult> refusal(AgentCall call, ApprovalOutcome outcome, String asked) {
        String text = switch (outcome.ending()) {
            case APPROVED -> null;
            case REJECTED ->
                "[POLICY DENIED] a person has rejected this call"
                        + (outcome.reason() == null ? "" : ": " + outcome.reason());
            case TIMED_OUT ->
                asked + "nobody decided in time, so nothing was done; ask your user whether to call again";
            case WITHDRAWN -> asked + "the call was cancelled";
            case NOT_ASKED -> asked + "too many calls wait already, so try again later";
            case STORE_UNAVAILABLE ->
                asked + "the store that all replicas share can't be reached, so nobody was asked; try again later";
        };
        return text == null
                ? refusedMeanwhile(call)
                : Optional.of(ToolResult.error(outcome.ending().word(), text));
    }

    /** The policy may have changed while the call waited. Its quota was taken before that. */
    private Optional<ToolResult> refusedMeanwhile(AgentCall call) {
        return policy.forbids(call.call())
                ? Optional.of(ToolResult.error(
                        "denied", "[POLICY DENIED] the policy has changed and does not allow this tool any more"))
                : Optional.empty();
    }
}
