package dev.listenkeyd.notify;

import static dev.listenkeyd.lease.Given.at;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.EventType;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.FeedEvent.LeaseFacts;
import dev.listenkeyd.lease.VirtualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Events of other replicas in the feed of this one. */
@NullUnmarked
class RelayedEventsTest {
    private static final String ORIGIN = "-replica-a";

    private final VirtualClock clock = new VirtualClock();
    private final MemoryEventStore store = new MemoryEventStore();
    private final EventFeed feed = new EventFeed(store, clock, type -> {}, ORIGIN);
    private final Subscription subscription = new Subscription(event -> true, () -> {});

    RelayedEventsTest() {
        feed.restore();
        feed.add(subscription);
    }

    @Test
    void anEventOfAnotherReplicaIsToldUnderANumberOfThisOneAndNotWritten() {
        FeedEvent own = feed.publish(clock.instant(), EventType.KEY, facts("main", 7));
        FeedEvent other = event("other", EventType.LOST, 3);

        feed.relay(other);

        List<FeedEvent> told = told();
        assertThat(told).hasSize(2);
        assertThat(told.get(1)).isEqualTo(other.withSeq(told.get(1).seq()));
        assertThat(told.get(1).seq()).isGreaterThan(own.seq());
        assertThat(store.rows).containsExactly(own);
        assertThat(feed.unwritten()).isZero();
    }

    @Test
    void anEventThatIsOlderThanWhatWasToldIsLeftOut() {
        feed.publish(clock.instant(), EventType.KEY, facts("main", 7));
        feed.relay(event("other", EventType.KEY, 5));
        told();

        feed.relay(event("main", EventType.FAILING, 6));
        feed.relay(event("main", EventType.KEY, 7));
        feed.relay(event("other", EventType.KEY, 5));

        assertThat(told()).isEmpty();
    }

    @Test
    void theEndOfALeaseHasTheRevisionOfItsLastChange() {
        feed.relay(event("main", EventType.KEY, 7));
        feed.relay(event("main", EventType.RELEASED, 7));

        assertThat(told()).extracting(FeedEvent::type).containsExactly(EventType.KEY, EventType.RELEASED);
    }

    @Test
    void idsTellTheReplicaAndNumbersFollowTheClock() {
        FeedEvent first = feed.publish(clock.instant(), EventType.KEY, facts("main", 7));
        clock.advance(Duration.ofSeconds(1));
        FeedEvent second = feed.publish(clock.instant(), EventType.LOST, facts("main", 8));

        assertThat(first.id()).endsWith(ORIGIN);
        assertThat(second.seq()).isEqualTo(clock.instant().toEpochMilli() * 1000);
        assertThat(second.seq()).isGreaterThan(first.seq());
    }

    private List<FeedEvent> told() {
        List<FeedEvent> told = new ArrayList<>();
        for (FeedEvent event = subscription.poll(); event != null; event = subscription.poll()) {
            told.add(event);
        }
        return told;
    }

    private static FeedEvent event(String account, EventType type, long revision) {
        return new FeedEvent("x-" + account + revision, 1, at(1), type, facts(account, revision));
    }

    private static LeaseFacts facts(String account, long revision) {
        return new LeaseFacts(account, revision, "ACTIVE", 1, null, null, null);
    }
}
