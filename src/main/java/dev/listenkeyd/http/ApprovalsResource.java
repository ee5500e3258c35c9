package dev.listenkeyd.http;

import dev.listenkeyd.access.AuthFailures.Reason;
import dev.listenkeyd.access.Scope;
import dev.listenkeyd.approval.ApprovalRequest;
import dev.listenkeyd.approval.ApprovalStore;
import dev.listenkeyd.approval.Approvals;
import dev.listenkeyd.approval.Approvals.DecisionResult;
import dev.listenkeyd.approval.WaitingCall;
import dev.listenkeyd.audit.Action;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.common.annotation.Blocking;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.SecurityContext;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.jspecify.annotations.Nullable;

/** Calls of agents that wait for a person, at any replica, and the person's decision. */
@RegisterForReflection
@Path("/v1/approvals")
@Produces(MediaType.APPLICATION_JSON)
@Blocking
public class ApprovalsResource {
    private final Approvals approvals;
    private final AuditTrail trail;

    ApprovalsResource(Approvals approvals, AuditTrail trail) {
        this.approvals = approvals;
        this.trail = trail;
    }

    /** Not paged, since their number is bounded. */
    @Schema(name = "Approvals")
    record Waiting(List<RequestView> items) {}

    /** A call that waits, without the values of its arguments. */
    @Schema(name = "Approval")
    record RequestView(
            String id,
            String client,
            String session,
            String tool,
            @Nullable String account,
            List<String> arguments,
            String reason,
            Instant askedAt,
            Instant until) {
        static RequestView of(WaitingCall call) {
            ApprovalRequest request = call.request();
            return new RequestView(
                    call.id(),
                    request.client(),
                    request.session(),
                    request.tool(),
                    request.account(),
                    request.arguments().stream().sorted().toList(),
                    request.reason(),
                    call.askedAt(),
                    call.until());
        }
    }

    @GET
    @Operation(summary = "Calls of agents that wait for a person, oldest first")
    @APIResponseSchema(Waiting.class)
    @APIResponse(responseCode = "503", description = "store-unavailable")
    @RolesAllowed(Scope.APPROVE)
    public Waiting list() {
        return new Waiting(waiting().stream().map(RequestView::of).toList());
    }

    private List<WaitingCall> waiting() {
        try {
            return approvals.waiting();
        } catch (ApprovalStore.Unavailable e) {
            throw new LeaseRefused(Refusal.STORE_UNAVAILABLE, "the calls that wait can't be read now");
        }
    }

    @POST
    @Operation(summary = "Approve or reject a call; its agent and the audit get the result")
    @APIResponse(
            responseCode = "204",
            description = "Decided; an approved call is carried out if its agent still waits")
    @APIResponse(responseCode = "404", description = "not-found: no call waits under this id, or no longer")
    @APIResponse(responseCode = "503", description = "store-unavailable: the decision may hold or not")
    @RolesAllowed(Scope.APPROVE)
    @Audited(Action.DECIDE)
    @Path("/{id}")
    @Consumes(MediaType.APPLICATION_JSON)
    public CompletionStage<Void> decide(
            @PathParam("id") String id,
            @RequestBody(
                            required = true,
                            content = @Content(schema = @Schema(implementation = ApprovalDecisionBody.class)))
                    byte[] body,
            @Context ContainerRequestContext call,
            @Context SecurityContext caller) {
        ApprovalDecisionBody decision = ApprovalDecisionBody.parse(body);
        ApprovalRequest request = waiting().stream()
                .filter(waiting -> waiting.id().equals(id))
                .findFirst()
                .orElseThrow(ApprovalsResource::notWaiting)
                .request();
        return switch (decide(id, caller.getUserPrincipal().getName(), decision)) {
            case DECIDED -> recorded(call, decision.approves(), request);
            case UNKNOWN -> throw notWaiting();
            case OWN_CALL ->
                throw new CallForbidden(Reason.OWN_CALL, "id: a client can't decide on a call of its own agent");
        };
    }

    private DecisionResult decide(String id, String by, ApprovalDecisionBody decision) {
        try {
            return approvals.decide(id, by, decision.approves(), decision.reason());
        } catch (ApprovalStore.Unavailable e) {
            throw new LeaseRefused(
                    Refusal.STORE_UNAVAILABLE, "the shared store does not answer: this decision may hold or not");
        }
    }

    private CompletionStage<Void> recorded(ContainerRequestContext call, boolean approved, ApprovalRequest request) {
        if (request.account() != null) {
            AuditTrail.concerns(call, request.account());
        }
        String result = "%s %s of %s; session %s"
                .formatted(approved ? "approved" : "rejected", request.tool(), request.client(), request.session());
        return trail.follow(call, Action.DECIDE, () -> CompletableFuture.completedFuture(null), done -> result);
    }

    private static LeaseRefused notWaiting() {
        return new LeaseRefused(Refusal.NOT_FOUND, "id: no call waits under it, or no longer");
    }
}
