package dev.listenkeyd.http;

import dev.listenkeyd.http.EventStream.Message;
import dev.listenkeyd.http.EventStream.Source;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.notify.Follower;
import dev.listenkeyd.notify.Follower.Changed;
import dev.listenkeyd.notify.Follower.Item;
import dev.listenkeyd.notify.Follower.State;
import dev.listenkeyd.notify.Follower.Synced;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The items of a follower as server-sent events. */
final class LeaseEventSource implements Source {
    private final Follower follower;
    private final EventFrames frames;
    private final Runnable overrun;

    /** @param overrun called when the subscriber has not kept up */
    LeaseEventSource(Follower follower, EventFrames frames, Runnable overrun) {
        this.follower = follower;
        this.frames = frames;
        this.overrun = overrun;
    }

    @Override
    public @Nullable Message next() {
        Item item = follower.next();
        if (item instanceof State state) {
            return new Message(frames.of(state.lease()), null);
        }
        if (item instanceof Synced synced) {
            return new Message(frames.of(synced.seq(), "sync", Map.of("resumed", synced.resumed())), null);
        }
        if (item instanceof Changed changed) {
            FeedEvent event = changed.event();
            // An event that was missed says nothing about how fast events are delivered.
            return new Message(frames.of(event), changed.missed() ? null : event.at());
        }
        if (item == null) {
            return null;
        }
        overrun.run();
        return new Message(frames.of("overrun", Map.of()), null);
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
