package dev.listenkeyd.http;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.view.WhatIf;
import dev.listenkeyd.view.WhatIfView;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.common.annotation.Blocking;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.SecurityContext;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;

/** Simulated outages. It is a POST because it takes a body and seconds of a processor; it changes nothing. */
@RegisterForReflection
@Path("/v1/what-if")
@Produces(MediaType.APPLICATION_JSON)
@Blocking
public class WhatIfResource {
    private final WhatIf whatIf;

    WhatIfResource(WhatIf whatIf) {
        this.whatIf = whatIf;
    }

    @POST
    @Operation(summary = "Which keys an outage of the exchange would cost, simulated with the code that renews")
    @APIResponseSchema(WhatIfView.class)
    @APIResponse(
            responseCode = "503",
            description = "busy: an earlier request of the client is still running, or other clients asked before")
    @RolesAllowed(Scope.READ)
    @Consumes(MediaType.APPLICATION_JSON)
    public WhatIfView simulate(
            @RequestBody(required = true, content = @Content(schema = @Schema(implementation = WhatIf.Request.class)))
                    byte[] body,
            @Context SecurityContext caller) {
        return whatIf.of(caller.getUserPrincipal().getName(), JsonBody.members(body));
    }
}
