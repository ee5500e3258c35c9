package dev.listenkeyd.http;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.renewal.Leases;
import dev.listenkeyd.view.Bounds;
import dev.listenkeyd.view.ExplanationView;
import dev.listenkeyd.view.Explanations;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;

/** One lease in words. */
@Path("/v1/listen-keys/{account}/explain")
@Produces(MediaType.APPLICATION_JSON)
public class ExplainResource {
    private final Leases leases;
    private final Explanations explanations;

    ExplainResource(Leases leases, Explanations explanations) {
        this.leases = leases;
        this.explanations = explanations;
    }

    @GET
    @Operation(summary = "What happened to a lease, what comes next and when, and why")
    @APIResponseSchema(ExplanationView.class)
    @APIResponse(responseCode = "404", description = "not-found")
    @RolesAllowed(Scope.READ)
    public ExplanationView explain(
            @Parameter(schema = @Schema(pattern = Bounds.ACCOUNT)) @PathParam("account") String account) {
        return explanations.of(leases.get(account));
    }
}
