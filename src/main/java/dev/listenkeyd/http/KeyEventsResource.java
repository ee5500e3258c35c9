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
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.Sse;
import jakarta.ws.rs.sse.SseEventSink;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** The stream of an account's key, as server-sent events. */
@RegisterForReflection
@Path("/v1/listen-keys")
@Produces(MediaType.SERVER_SENT_EVENTS)
@Blocking
public class KeyEventsResource {
    private final EventStreams streams;
    private final EventFeed feed;
    private final Leases leases;
    private final RawKeys keys;
    private final ObjectMapper json;

    KeyEventsResource(EventStreams streams, EventFeed feed, Leases leases, RawKeys keys, ObjectMapper json) {
        this.streams = streams;
        this.feed = feed;
        this.leases = leases;
        this.keys = keys;
        this.json = json;
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
    public void key(
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
