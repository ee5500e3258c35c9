package dev.listenkeyd.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.listenkeyd.access.Scope;
import dev.listenkeyd.audit.Action;
import dev.listenkeyd.http.EventStreams.Subscriber;
import dev.listenkeyd.notify.EventFeed;
import dev.listenkeyd.notify.Subscription;
import dev.listenkeyd.registration.Leases;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.common.annotation.Blocking;
import io.vertx.core.http.HttpServerRequest;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.sse.Sse;
import jakarta.ws.rs.sse.SseEventSink;
import java.time.Instant;
import java.util.concurrent.CompletionStage;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.jspecify.annotations.Nullable;

/** The raw key of an account: at once, or as a stream of server-sent events. */
@RegisterForReflection
@Path("/v1/listen-keys")
@Blocking
public class KeyResource {
    private final EventStreams streams;
    private final EventFeed feed;
    private final Leases leases;
    private final RawKeys keys;
    private final ObjectMapper json;
    private final BlockingQueries queries;

    KeyResource(
            EventStreams streams,
            EventFeed feed,
            Leases leases,
            RawKeys keys,
            ObjectMapper json,
            BlockingQueries queries) {
        this.streams = streams;
        this.feed = feed;
        this.leases = leases;
        this.keys = keys;
        this.json = json;
        this.queries = queries;
    }

    /** The raw key: what a consumer connects with. */
    @Schema(name = "Key")
    record KeyView(String account, String listenKey, int generation, Instant expiresAt, String streamUrl) {
        @Override
        public String toString() {
            return "KeyView[" + account + "]";
        }
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
            @Parameter(description = BlockingQueries.WAIT) @QueryParam("wait") @Nullable String wait) {
        return queries.awaitNews(account, wait, lease -> RawKeys.isAnother(lease, after))
                .thenApply(keys::answer);
    }

    @GET
    @Operation(summary = "The raw listen key, at once and whenever it is another")
    @APIResponse(
            responseCode = "200",
            description = "Server-sent events: key, with the body of /key, or lost",
            content = @Content(mediaType = MediaType.SERVER_SENT_EVENTS, schema = @Schema(type = SchemaType.STRING)))
    @APIResponse(responseCode = "404", description = "not-found")
    @APIResponse(responseCode = "503", description = "busy: there are too many subscribers")
    @RolesAllowed(Scope.REVEAL)
    @Audited(Action.REVEAL)
    @Path("/{account}/key/events")
    @Produces(MediaType.SERVER_SENT_EVENTS)
    public void keyEvents(
            @PathParam("account") String account,
            @Context SseEventSink sink,
            @Context Sse sse,
            @Context HttpServerRequest call) {
        leases.get(account);
        streams.requireRoom();
        streams.open(
                new Subscriber(sink, sse, call, Scope.REVEAL),
                wake -> new KeyEventSource(
                        feed,
                        new Subscription(event -> account.equals(event.account()), wake),
                        () -> leases.find(account),
                        keys,
                        sse,
                        json));
    }
}
