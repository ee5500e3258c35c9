package dev.listenkeyd.http;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.audit.Action;
import dev.listenkeyd.http.BlockingQueries.Caller;
import dev.listenkeyd.view.KeyView;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.common.annotation.Blocking;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.concurrent.CompletionStage;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.jspecify.annotations.Nullable;

/** The raw key of an account. */
@RegisterForReflection
@Path("/v1/listen-keys")
@Blocking
public class KeyResource {
    private final RawKeys keys;
    private final BlockingQueries queries;

    KeyResource(RawKeys keys, BlockingQueries queries) {
        this.keys = keys;
        this.queries = queries;
    }

    @GET
    @Operation(summary = "The raw listen key, at once or when it is another")
    @APIResponseSchema(KeyView.class)
    @APIResponse(responseCode = "404", description = "not-found")
    @APIResponse(responseCode = "409", description = "lost: there is no live key now; pending: there has been none yet")
    @RolesAllowed(Scope.REVEAL)
    @Audited(Action.REVEAL)
    @Path("/{account}/key")
    @Produces(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> key(
            @PathParam("account") String account,
            @Parameter(description = "Fingerprint of the key that is known: waits for another")
                    @QueryParam("after")
                    @Nullable
                    String after,
            @Parameter(description = BlockingQueries.WAIT) @QueryParam("wait") @Nullable String wait,
            @Parameter(hidden = true) @HeaderParam(HttpHeaders.AUTHORIZATION) @Nullable String authorization) {
        return queries.awaitNews(
                        account,
                        new Caller(authorization, Scope.REVEAL),
                        wait,
                        lease -> RawKeys.isAnother(lease, after))
                .thenApply(keys::answer);
    }
}
