package dev.listenkeyd.http;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.encoding.WireWord;
import dev.listenkeyd.http.EventStreams.Subscriber;
import dev.listenkeyd.lease.EventType;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.notify.EventFeed;
import dev.listenkeyd.notify.Follower;
import dev.listenkeyd.registration.Leases;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.common.annotation.NonBlocking;
import io.vertx.core.http.HttpServerRequest;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.SseEventSink;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.jspecify.annotations.Nullable;

/** The stream of changes, as server-sent events. */
@RegisterForReflection
@Path("/v1/events")
@Produces(MediaType.SERVER_SENT_EVENTS)
@NonBlocking // Its streams are written by the thread of the connection, too.
public class EventsResource {
    private static final Set<EventType> BY_DEFAULT = EnumSet.complementOf(EnumSet.of(EventType.RENEWED));

    private final EventStreams streams;
    private final EventFeed feed;
    private final Leases leases;
    private final EventFrames frames;
    private final StreamMeters meters;

    EventsResource(EventStreams streams, EventFeed feed, Leases leases, EventFrames frames, StreamMeters meters) {
        this.streams = streams;
        this.feed = feed;
        this.leases = leases;
        this.frames = frames;
        this.meters = meters;
    }

    @GET
    @Operation(summary = "Every change: first each lease as it is, then sync, then what happens")
    @APIResponse(
            responseCode = "200",
            description = "Server-sent events",
            content = @Content(mediaType = MediaType.SERVER_SENT_EVENTS, schema = @Schema(type = SchemaType.STRING)))
    @APIResponse(responseCode = "503", description = "busy: there are too many subscribers")
    @RolesAllowed(Scope.READ)
    public void events(
            @Parameter(description = "Only these accounts, comma between them") @QueryParam("account") @Nullable
                    String account,
            @Parameter(description = "Only these types, comma between them; all but renewed without it")
                    @QueryParam("type")
                    @Nullable
                    String type,
            @Parameter(description = "id received last, of an event or of sync: what was missed since then comes first")
                    @HeaderParam("Last-Event-ID")
                    @Nullable
                    String lastEventId,
            @Context SseEventSink sink,
            @Context HttpServerRequest call) {
        Set<String> accounts = new HashSet<>(words(account));
        Set<EventType> types = type == null ? BY_DEFAULT : types(type);
        Long after = lastEventId == null || lastEventId.isEmpty() ? null : number(lastEventId);
        Subscriber subscriber = streams.begin(sink, call, Scope.READ);
        Predicate<String> wanted = name -> accounts.isEmpty() || accounts.contains(name);
        Predicate<FeedEvent> filter =
                event -> types.contains(event.type()) && (event.account() == null || wanted.test(event.account()));
        streams.open(
                subscriber,
                wake -> new LeaseEventSource(
                        new Follower(
                                feed,
                                filter,
                                wake,
                                after,
                                () -> leases.after("").filter(lease -> wanted.test(lease.account()))),
                        frames,
                        meters::onOverrun));
    }

    private static List<String> words(@Nullable String list) {
        return list == null
                ? List.of()
                : Arrays.stream(list.split(",", -1))
                        .map(String::trim)
                        .filter(word -> !word.isEmpty())
                        .toList();
    }

    private static Set<EventType> types(String raw) {
        Set<EventType> types = EnumSet.noneOf(EventType.class);
        for (String word : words(raw)) {
            types.add(Stream.of(EventType.values())
                    .filter(type -> WireWord.of(type).equals(word))
                    .findFirst()
                    .orElseThrow(() -> new LeaseRefused(
                            Refusal.INVALID_REQUEST,
                            "type: must be of "
                                    + Stream.of(EventType.values())
                                            .map(WireWord::of)
                                            .toList())));
        }
        return types;
    }

    private static Long number(String lastEventId) {
        try {
            return Long.valueOf(lastEventId);
        } catch (NumberFormatException e) {
            throw new LeaseRefused(Refusal.INVALID_REQUEST, "Last-Event-ID: must be the id of an event");
        }
    }
}
