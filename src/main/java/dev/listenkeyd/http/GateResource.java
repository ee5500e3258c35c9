package dev.listenkeyd.http;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.audit.Action;
import dev.listenkeyd.registration.OnDemandRenewals;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.common.annotation.Blocking;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** The pause that the exchange asked of this IP address. */
@RegisterForReflection
@Path("/v1/gate")
@Produces(MediaType.APPLICATION_JSON)
@Blocking
public class GateResource {
    private final OnDemandRenewals renewals;
    private final AuditTrail trail;

    GateResource(OnDemandRenewals renewals, AuditTrail trail) {
        this.renewals = renewals;
        this.trail = trail;
    }

    @DELETE
    @Operation(summary = "Lift a pause of the whole IP by hand; the next call goes alone")
    @APIResponse(responseCode = "204", description = "No pause is in force")
    @RolesAllowed(Scope.WRITE)
    @Audited(Action.LIFT_PAUSE)
    @Path("/pause")
    public CompletionStage<Void> lift(@Context ContainerRequestContext call) {
        return trail.follow(
                        call,
                        Action.LIFT_PAUSE,
                        () -> CompletableFuture.completedFuture(renewals.liftPause()),
                        lifted -> lifted ? "lifted" : "no-pause")
                .thenAccept(lifted -> {});
    }
}
