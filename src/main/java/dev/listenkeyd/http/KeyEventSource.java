package dev.listenkeyd.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.listenkeyd.http.EventStream.Message;
import dev.listenkeyd.http.EventStream.Source;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.notify.EventFeed;
import dev.listenkeyd.notify.Subscription;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The key of one account for one subscriber: at once, and whenever it is another; {@code lost} while there is none. */
final class KeyEventSource implements Source {
    private static final String NONE = "";

    private final EventFeed feed;
    private final Subscription subscription;
    private final Supplier<@Nullable Lease> lease;
    private final RawKeys keys;
    private final Sse sse;
    private final ObjectMapper json;
    /** Fingerprint of the key that was sent last; {@link #NONE} for {@code lost}; null at the beginning. */
    private @Nullable String sent;

    private boolean over;

    /** @param lease the account's lease now; null when it has ended */
    KeyEventSource(
            EventFeed feed,
            Subscription subscription,
            Supplier<@Nullable Lease> lease,
            RawKeys keys,
            Sse sse,
            ObjectMapper json) {
        this.feed = feed;
        this.subscription = subscription;
        this.lease = lease;
        this.keys = keys;
        this.sse = sse;
        this.json = json;
        feed.add(subscription);
    }

    @Override
    public @Nullable Message next() {
        // That something happened is enough: the lease is looked at as it is now.
        Instant changedAt = null;
        for (FeedEvent event = subscription.poll(); event != null; event = subscription.poll()) {
            changedAt = event.at();
        }
        Lease now = lease.get();
        over = now == null || subscription.isOverrun();
        String fingerprint = now == null || !now.isLive() || now.key() == null
                ? NONE
                : now.key().value().fingerprint();
        if (now == null || Objects.equals(fingerprint, sent)) {
            return null;
        }
        sent = fingerprint;
        try {
            return fingerprint.equals(NONE)
                    ? event("lost", Map.of("account", now.account()), changedAt)
                    : event("key", keys.of(now), changedAt);
        } catch (LeaseRefused e) {
            // Its deadline has passed in this instant.
            sent = NONE;
            return event("lost", Map.of("account", now.account()), changedAt);
        }
    }

    private Message event(String name, Object data, @Nullable Instant changedAt) {
        try {
            OutboundSseEvent event = sse.newEventBuilder()
                    .name(name)
                    .data(String.class, json.writeValueAsString(data))
                    .build();
            return new Message(event, changedAt);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a key that can't be written", e);
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
