package dev.listenkeyd.http;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.audit.Action;
import dev.listenkeyd.http.EventStreams.Subscriber;
import dev.listenkeyd.notify.EventFeed;
import dev.listenkeyd.notify.Subscription;
import dev.listenkeyd.registration.Leases;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.common.annotation.NonBlocking;
import io.vertx.core.http.HttpServerRequest;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.SseEventSink;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** The raw key of an account as a stream of server-sent events. */
@RegisterForReflection
@Path("/v1/listen-keys")
@Produces(MediaType.SERVER_SENT_EVENTS)
@NonBlocking // Its streams are written by the thread of the connection, too.
public class KeyEventsResource {
    private final EventStreams streams;
    private final EventFeed feed;
    private final Leases leases;
    private final RawKeys keys;
    private final AuditTrail trail;
    private final EventFrames frames;

    KeyEventsResource(
            EventStreams streams, EventFeed feed, Leases leases, RawKeys keys, AuditTrail trail, EventFrames frames) {
        this.streams = streams;
        this.feed = feed;
        this.leases = leases;
        this.keys = keys;
        this.trail = trail;
        this.frames = frames;
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
    @Path("/{account}/key/events")
    public void follow(
            @PathParam("account") String account,
            @Context SseEventSink sink,
            @Context ContainerRequestContext call,
            @Context HttpServerRequest request) {
        leases.get(account);
        Subscriber subscriber = streams.begin(sink, request, Scope.REVEAL);
        CompletionStage<Void> opened =
                trail.follow(call, Action.REVEAL, () -> CompletableFuture.completedFuture(null), any -> "stream");
        opened.whenComplete((audited, failure) -> {
            if (failure == null) {
                streams.open(subscriber, wake -> source(account, wake));
            } else {
                sink.close();
            }
        });
    }

    private KeyEventSource source(String account, Runnable wake) {
        Subscription changes = new Subscription(event -> account.equals(event.account()), wake);
        return new KeyEventSource(feed, changes, () -> leases.find(account), keys, frames);
    }
}
