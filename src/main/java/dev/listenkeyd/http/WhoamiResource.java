package dev.listenkeyd.http;

import dev.listenkeyd.access.Scope;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.quarkus.security.Authenticated;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.SecurityContext;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;

/** The caller, as the daemon knows it. */
@RegisterForReflection
@Path("/v1/whoami")
@Produces(MediaType.APPLICATION_JSON)
public class WhoamiResource {

    /** A client and its scopes, so that a program can offer what will be allowed. */
    @RegisterForReflection
    @Schema(name = "Whoami")
    record Caller(
            @Schema(description = "Name of the client; default while the API is open")
            String client,

            @Schema(description = "What it may do") List<String> scopes) {}

    @GET
    @Operation(summary = "The client that the token belongs to, and its scopes; any token will do")
    @APIResponseSchema(Caller.class)
    @Authenticated
    public Caller whoami(@Context SecurityContext caller) {
        return new Caller(
                caller.getUserPrincipal().getName(),
                Scope.ALL.stream().filter(caller::isUserInRole).toList());
    }
}
