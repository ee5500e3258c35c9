package dev.listenkeyd.http;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.audit.Action;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.registration.Leases;
import dev.listenkeyd.view.LeaseView;
import dev.listenkeyd.view.LeaseViews;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.common.annotation.Blocking;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;

/** The pause of an account, for maintenance. */
@RegisterForReflection
@Path("/v1/listen-keys")
@Produces(MediaType.APPLICATION_JSON)
@Blocking
public class PauseResource {
    private static final String PAUSE = "/{account}/pause";

    private final Leases leases;
    private final LeaseViews views;
    private final AuditTrail trail;

    PauseResource(Leases leases, LeaseViews views, AuditTrail trail) {
        this.leases = leases;
        this.views = views;
        this.trail = trail;
    }

    @POST
    @Operation(summary = "Make no call for an account for so long; another pause replaces its end and reason")
    @APIResponseSchema(value = LeaseView.class, responseCode = "200")
    @APIResponse(responseCode = "404", description = "not-found")
    @APIResponse(responseCode = "503", description = "store-unavailable or busy")
    @RolesAllowed(Scope.WRITE)
    @Audited(Action.PAUSE)
    @Path(PAUSE)
    @Consumes(MediaType.APPLICATION_JSON)
    public CompletionStage<LeaseView> pause(
            @PathParam("account") String account,
            @RequestBody(required = true, content = @Content(schema = @Schema(implementation = PauseRequest.class)))
                    byte[] body,
            @Context ContainerRequestContext call) {
        PauseRequest.Pause pause = PauseRequest.parse(body);
        return trail.follow(
                        call,
                        Action.PAUSE,
                        () -> leases.pause(account, pause.time(), pause.reason()),
                        lease ->
                                "until " + Objects.requireNonNull(lease.pause()).until())
                .thenApply(views::of);
    }

    @DELETE
    @Operation(summary = "End the pause of an account before its time; nothing happens without one")
    @APIResponseSchema(value = LeaseView.class, responseCode = "200")
    @APIResponse(responseCode = "404", description = "not-found")
    @RolesAllowed(Scope.WRITE)
    @Audited(Action.RESUME)
    @Path(PAUSE)
    public CompletionStage<LeaseView> resume(
            @PathParam("account") String account, @Context ContainerRequestContext call) {
        return trail.follow(call, Action.RESUME, () -> leases.resume(account), (Lease lease) -> "resumed")
                .thenApply(views::of);
    }
}
