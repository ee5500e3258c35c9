package dev.listenkeyd.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.listenkeyd.encoding.WireWord;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.notify.EventFeed;
import dev.listenkeyd.view.EventView;
import dev.listenkeyd.view.LeaseViews;
import io.vertx.core.buffer.Buffer;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Server-sent events as they stand in a stream. Subscribers are told the same at about the same time, so an event that many of
 * them get is written as JSON once. Thread-safe; nobody may change what it returns.
 */
@Singleton
final class EventFrames {
    /** A comment without text. */
    static final String COMMENT = ":\n\n";

    /** Frames that are kept; with about 500 bytes each. */
    private static final int KEPT = 2048;

    private final EventFeed feed;
    private final InstantSource clock;
    private final LeaseViews views;
    private final ObjectMapper json;
    private final AtomicReferenceArray<@Nullable Frame> kept = new AtomicReferenceArray<>(KEPT);

    /**
     * A lease at a time.
     *
     * @param newest number of the last event then
     * @param second since the epoch
     */
    private record State(String account, long revision, long newest, long second) {}

    /** @param shown equal to this is all that has this text */
    private record Frame(Object shown, Buffer text) {}

    EventFrames(EventFeed feed, InstantSource clock, LeaseViews views, ObjectMapper json) {
        this.feed = feed;
        this.clock = clock;
        this.views = views;
        this.json = json;
    }

    /** A lease as it is now, but for what only time has changed within this second. */
    Buffer of(Lease lease) {
        // An event since then may have told a risk, or a pause: a later subscriber does not get that event.
        Object state = new State(
                lease.account(), lease.version(), feed.newest(), clock.instant().getEpochSecond());
        return once(lease.account().hashCode(), state, () -> of("lease", views.of(lease)));
    }

    /** A change. */
    Buffer of(FeedEvent event) {
        return once(
                Long.hashCode(event.seq()),
                event,
                () -> of(event.seq(), WireWord.of(event.type()), EventView.of(event)));
    }

    /** An event that a subscriber can go on from. */
    Buffer of(long id, String name, Object data) {
        return Buffer.buffer("id:" + id + "\n" + text(name, data));
    }

    /** An event without an id. */
    Buffer of(String name, Object data) {
        return Buffer.buffer(text(name, data));
    }

    private String text(String name, Object data) {
        try {
            // JSON has no line breaks, so it is one line of data.
            return "event:" + name + "\ndata:" + json.writeValueAsString(data) + "\n\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an event that can't be written", e);
        }
    }

    private Buffer once(int hash, Object shown, Supplier<Buffer> text) {
        int slot = Math.floorMod(hash, KEPT);
        Frame frame = kept.get(slot);
        if (frame == null || !frame.shown().equals(shown)) {
            frame = new Frame(shown, text.get());
            kept.set(slot, frame);
        }
        return frame.text();
    }
}
