package dev.listenkeyd.http;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.registration.Leases;
import dev.listenkeyd.view.ExplanationView;
import dev.listenkeyd.view.ExplanationViews;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.common.annotation.Blocking;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;

/** The story of a lease. */
@RegisterForReflection
@Path("/v1/listen-keys")
@Produces(MediaType.APPLICATION_JSON)
@Blocking
public class ExplainResource {
    private final Leases leases;
    private final ExplanationViews views;

    ExplainResource(Leases leases, ExplanationViews views) {
        this.leases = leases;
        this.views = views;
    }

    @GET
    @Operation(summary = "What happened to a lease, what comes next and when, and why")
    @APIResponseSchema(ExplanationView.class)
    @APIResponse(responseCode = "404", description = "not-found")
    @RolesAllowed(Scope.READ)
    @Path("/{account}/explain")
    public ExplanationView explain(@PathParam("account") String account) {
        return views.of(leases.get(account));
    }
}
