package dev.listenkeyd.http;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.listenkeyd.access.Scope;
import dev.listenkeyd.approval.ApprovalRequest;
import dev.listenkeyd.approval.Approvals;
import dev.listenkeyd.approval.Approvals.Request;
import dev.listenkeyd.audit.Action;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.lease.Secret;
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
import java.util.concurrent.CompletionStage;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.jspecify.annotations.Nullable;

/** Calls of agents that wait for a person, and the person's word. */
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

    /** All at once: their number is bounded. */
    @Schema(
            name = "Approvals",
            requiredProperties = {"items"})
    record Waiting(List<RequestView> items) {}

    /**
     * A call that waits, without the values of its arguments.
     *
     * @param session as the audit names it
     */
    @Schema(
            name = "Approval",
            requiredProperties = {
                "id",
                "client",
                "session",
                "tool",
                "account",
                "arguments",
                "reason",
                "askedAt",
                "until"
            })
    @JsonPropertyOrder({"id", "client", "session", "tool", "account", "arguments", "reason", "askedAt", "until"})
    record RequestView(
            String id,
            String client,
            String session,
            String tool,
            @Schema(nullable = true) @Nullable String account,
            List<String> arguments,
            String reason,
            Instant askedAt,
            Instant until) {
        static RequestView of(Request request) {
            ApprovalRequest question = request.question();
            return new RequestView(
                    request.id(),
                    question.client(),
                    new Secret(question.session()).fingerprint(),
                    question.tool(),
                    question.account(),
                    question.arguments().stream().sorted().toList(),
                    question.reason(),
                    request.askedAt(),
                    request.until());
        }
    }

    @GET
    @Operation(summary = "Calls of agents that wait for a person, oldest first")
    @APIResponseSchema(Waiting.class)
    @RolesAllowed(Scope.APPROVE)
    public Waiting list() {
        return new Waiting(approvals.waiting().stream().map(RequestView::of).toList());
    }

    @POST
    @Operation(summary = "Approve or reject a call; what comes of it is told to its agent, and stands in the audit")
    @APIResponse(responseCode = "204", description = "Decided")
    @APIResponse(responseCode = "404", description = "not-found: no call waits under this id, or no more")
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
        ApprovalRequest question = approvals.waiting().stream()
                .filter(request -> request.id().equals(id))
                .findFirst()
                .orElseThrow(ApprovalsResource::notWaiting)
                .question();
        return switch (approvals.decide(
                id, caller.getUserPrincipal().getName(), decision.approves(), decision.reason())) {
            case DECIDED -> trail.decided(call, decision.approves(), question);
            case UNKNOWN -> throw notWaiting();
            case OWN_CALL -> throw new OwnCall();
        };
    }

    private static LeaseRefused notWaiting() {
        return new LeaseRefused(Refusal.NOT_FOUND, "id: no call waits under it, or no more");
    }

    /** Who asks would decide. */
    static final class OwnCall extends RuntimeException {
        OwnCall() {
            super("id: a client can't decide on a call of its own agent");
        }
    }
}
