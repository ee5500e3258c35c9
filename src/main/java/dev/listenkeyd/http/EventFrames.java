package dev.listenkeyd.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.listenkeyd.encoding.WireWord;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.view.EventView;
import dev.listenkeyd.view.LeaseView;
import dev.listenkeyd.view.LeaseViews;
import io.vertx.core.buffer.Buffer;
import jakarta.inject.Singleton;
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
    static final Buffer COMMENT = Buffer.buffer(":\n\n");

    /** Frames that are kept; with about 500 bytes each. */
    private static final int KEPT = 2048;

    private final LeaseViews views;
    private final ObjectMapper json;
    private final AtomicReferenceArray<@Nullable Frame> kept = new AtomicReferenceArray<>(KEPT);

    /** @param shown equal to this is all that has this text */
    private record Frame(Object shown, Buffer text) {}

    EventFrames(LeaseViews views, ObjectMapper json) {
        this.views = views;
        this.json = json;
    }

    /** A lease as it is now. */
    Buffer of(Lease lease) {
        LeaseView view = views.of(lease);
        return once(lease.account().hashCode(), view, () -> of("lease", view));
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
