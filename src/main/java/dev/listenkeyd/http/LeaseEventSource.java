package dev.listenkeyd.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.listenkeyd.encoding.WireWord;
import dev.listenkeyd.http.EventStream.Source;
import dev.listenkeyd.lease.EventType;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.FeedEvent.LeaseFacts;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.notify.EventFeed;
import dev.listenkeyd.notify.Subscription;
import dev.listenkeyd.view.EventView;
import dev.listenkeyd.view.LeaseViews;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The events of one subscriber: first each lease as it is, then {@code sync}, then every change. A subscriber that comes back
 * gets what it missed in place of the state, if that is still kept.
 */
final class LeaseEventSource implements Source {
    private final EventFeed feed;
    private final Subscription subscription;
    private final LeaseViews views;
    private final Sse sse;
    private final ObjectMapper json;
    private Iterator<Lease> state = Collections.emptyIterator();
    /** Revisions of the leases that were sent as state: earlier changes are in it. */
    private final Map<String, Long> sent = new HashMap<>();

    private boolean synced;
    private boolean over;

    LeaseEventSource(EventFeed feed, Subscription subscription, LeaseViews views, Sse sse, ObjectMapper json) {
        this.feed = feed;
        this.subscription = subscription;
        this.views = views;
        this.sse = sse;
        this.json = json;
    }

    /**
     * Begins.
     *
     * @param lastEventId number of the last event that an earlier subscription received; null for none
     * @param leases the leases that the subscriber wants
     */
    void subscribe(@Nullable Long lastEventId, Supplier<Stream<Lease>> leases) {
        boolean complete = false;
        if (lastEventId == null) {
            feed.add(subscription);
        } else {
            // What an earlier process told may never have reached its disk: then only the state is the truth.
            complete = feed.resume(subscription, lastEventId) && !feed.isOfEarlierProcess(lastEventId);
        }
        if (!complete) {
            state = leases.get().iterator();
        }
    }

    @Override
    public @Nullable OutboundSseEvent next() {
        if (state.hasNext()) {
            Lease lease = state.next();
            sent.put(lease.account(), lease.version());
            return event("lease", null, views.of(lease));
        }
        if (!synced) {
            synced = true;
            return event("sync", null, Map.of());
        }
        for (FeedEvent event = subscription.poll(); event != null; event = subscription.poll()) {
            if (!isInState(event)) {
                return event(WireWord.of(event.type()), Long.toString(event.seq()), EventView.of(event));
            }
        }
        sent.clear();
        if (subscription.isOverrun() && !over) {
            over = true;
            return event("overrun", null, Map.of());
        }
        return null;
    }

    private boolean isInState(FeedEvent event) {
        LeaseFacts lease = event.lease();
        Long revision = lease == null ? null : sent.get(lease.account());
        return lease != null && revision != null && lease.revision() <= revision && event.type() != EventType.AT_RISK;
    }

    private OutboundSseEvent event(String name, @Nullable String id, Object data) {
        OutboundSseEvent.Builder event = sse.newEventBuilder().name(name).data(String.class, written(data));
        return id == null ? event.build() : event.id(id).build();
    }

    private String written(Object data) {
        try {
            return json.writeValueAsString(data);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an event that can't be written", e);
        }
    }

    @Override
    public boolean isOver() {
        return over;
    }

    @Override
    public void close() {
        feed.remove(subscription);
    }
}
