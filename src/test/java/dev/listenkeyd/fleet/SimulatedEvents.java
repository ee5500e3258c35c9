package dev.listenkeyd.fleet;

import dev.listenkeyd.lease.EventType;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.FeedEvent.LeaseFacts;
import java.time.Instant;
import org.jspecify.annotations.NullUnmarked;

/** Events for tests of a fleet. */
@NullUnmarked
final class SimulatedEvents {
    private SimulatedEvents() {}

    /** @param seq unique among all members: the id follows from it */
    static FeedEvent event(long seq, Instant at, EventType type, LeaseFacts lease) {
        return FeedEvent.numbered(seq, at, type, lease);
    }
}
