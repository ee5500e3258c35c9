package dev.listenkeyd.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.listenkeyd.encoding.WireWord;
import dev.listenkeyd.http.EventStream.Message;
import dev.listenkeyd.http.EventStream.Source;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.notify.Follower;
import dev.listenkeyd.notify.Follower.Changed;
import dev.listenkeyd.notify.Follower.Item;
import dev.listenkeyd.notify.Follower.State;
import dev.listenkeyd.notify.Follower.Synced;
import dev.listenkeyd.view.EventView;
import dev.listenkeyd.view.LeaseViews;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The items of a follower as server-sent events. */
final class LeaseEventSource implements Source {
    private final Follower follower;
    private final LeaseViews views;
    private final Sse sse;
    private final ObjectMapper json;
    private final Runnable overrun;

    /** @param overrun called when the subscriber has not kept up */
    LeaseEventSource(Follower follower, LeaseViews views, Sse sse, ObjectMapper json, Runnable overrun) {
        this.follower = follower;
        this.views = views;
        this.sse = sse;
        this.json = json;
        this.overrun = overrun;
    }

    @Override
    public @Nullable Message next() {
        Item item = follower.next();
        if (item instanceof State state) {
            return new Message(event("lease", views.of(state.lease())).build(), null);
        }
        if (item instanceof Synced synced) {
            OutboundSseEvent sent = event("sync", Map.of("resumed", synced.resumed()))
                    .id(Long.toString(synced.seq()))
                    .build();
            return new Message(sent, null);
        }
        if (item instanceof Changed changed) {
            FeedEvent event = changed.event();
            OutboundSseEvent sent = event(WireWord.of(event.type()), EventView.of(event))
                    .id(Long.toString(event.seq()))
                    .build();
            // An event that was missed says nothing about how fast events are delivered.
            return new Message(sent, changed.missed() ? null : event.at());
        }
        if (item == null) {
            return null;
        }
        overrun.run();
        return new Message(event("overrun", Map.of()).build(), null);
    }

    private OutboundSseEvent.Builder event(String name, Object data) {
        try {
            return sse.newEventBuilder().name(name).data(String.class, json.writeValueAsString(data));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an event that can't be written", e);
        }
    }

    @Override
    public boolean isOver() {
        return follower.isOver();
    }

    @Override
    public void close() {
        follower.close();
    }
}
