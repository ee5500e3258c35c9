package dev.listenkeyd.http;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.view.WhatIf;
import dev.listenkeyd.view.WhatIfView;
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
import org.jspecify.annotations.Nullable;

/** Outages, rehearsed. A POST that changes nothing: it takes a body, and a processor for seconds. */
@Path("/v1/what-if")
@Produces(MediaType.APPLICATION_JSON)
@Blocking
public class WhatIfResource {
    private final WhatIf whatIf;

    WhatIfResource(WhatIf whatIf) {
        this.whatIf = whatIf;
    }

    /** The body, for the description of the API; {@link WhatIf} reads it. */
    @Schema(name = "WhatIfRequest", additionalProperties = Schema.False.class)
    record Request(
            @Schema(
                    description = "How long the exchange would not answer",
                    required = true,
                    minimum = "1",
                    maximum = "" + WhatIf.MOST_MINUTES)
            int outageMinutes,

            @Schema(
                    description = "When that would begin, from now",
                    nullable = true,
                    defaultValue = "0",
                    minimum = "0",
                    maximum = "" + WhatIf.MOST_MINUTES)
            @Nullable
            Integer startsInMinutes) {}

    @POST
    @Operation(summary = "Which keys an outage of the exchange would cost, gone through with the code that renews")
    @APIResponseSchema(WhatIfView.class)
    @APIResponse(responseCode = "503", description = "busy: the client has asked already, or others asked before")
    @RolesAllowed(Scope.READ)
    @Consumes(MediaType.APPLICATION_JSON)
    public WhatIfView rehearse(
            @RequestBody(required = true, content = @Content(schema = @Schema(implementation = Request.class)))
                    byte[] body,
            @Context SecurityContext caller) {
        return whatIf.of(caller.getUserPrincipal().getName(), JsonBody.members(body));
    }
}
