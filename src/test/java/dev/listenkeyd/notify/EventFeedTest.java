package dev.listenkeyd.notify;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.EventType;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.VirtualClock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked
class EventFeedTest {
    private final VirtualClock clock = new VirtualClock();
    private final MemoryEventStore store = new MemoryEventStore();
    private EventFeed feed = restarted();
    private int woken;

    @Test
    void eventsAreNumberedInOrderAndHandedToWhoWantsThem() {
        Subscription all = subscription();
        Subscription some = new Subscription(event -> event.type() == EventType.LOST, () -> woken++);
        feed.add(all);
        feed.add(some);

        publish(EventType.KEY, EventType.LOST, EventType.RECOVERED);

        List<FeedEvent> got = drained(all);
        assertThat(got).extracting(FeedEvent::type).containsExactly(EventType.KEY, EventType.LOST, EventType.RECOVERED);
        assertThat(got.get(1).seq()).isEqualTo(got.get(0).seq() + 1);
        assertThat(drained(some)).containsExactly(got.get(1));
        assertThat(woken).isEqualTo(1);
    }

    @Test
    void whoHasEndedGetsNothingMore() {
        Subscription subscription = subscription();
        feed.add(subscription);
        feed.remove(subscription);

        publish(EventType.KEY);

        assertThat(subscription.poll()).isNull();
    }

    @Test
    void numbersGrowOverARestartEvenWhenTheClockWasSetBackAndTheDiskHadFailed() {
        publish(EventType.KEY);
        long written = store.rows.get(0).seq();
        store.failing = true;
        publish(EventType.LOST);
        clock.stepWallClock(ofHours(-1));

        store.failing = false;
        feed = restarted();
        publish(EventType.RECOVERED);

        assertThat(store.rows).extracting(FeedEvent::type).containsExactly(EventType.KEY, EventType.RECOVERED);
        assertThat(store.rows.get(1).seq()).isGreaterThan(written);
    }

    @Test
    void whatCouldNotBeWrittenIsWrittenInOrderOnceTheStoreWorks() {
        store.failing = true;
        publish(EventType.KEY, EventType.LOST);
        assertThat(feed.unwritten()).isEqualTo(2);

        store.failing = false;
        publish(EventType.RECOVERED);
        feed.tick();

        assertThat(store.rows)
                .extracting(FeedEvent::type)
                .containsExactly(EventType.KEY, EventType.LOST, EventType.RECOVERED);
        assertThat(feed.unwritten()).isZero();
    }

    @Test
    void aSlowDiskHoldsUpNeitherEventsNorSubscribersAndGetsOneWriteAtATime() {
        store.slow = true;
        Subscription subscription = subscription();
        feed.add(subscription);

        publish(EventType.KEY, EventType.LOST, EventType.RECOVERED);
        assertThat(drained(subscription)).hasSize(3);
        store.finish();
        assertThat(store.rows).hasSize(1);

        store.finish();
        assertThat(store.rows).hasSize(3);
        assertThat(feed.unwritten()).isZero();
    }

    @Test
    void aRenewalIsToldAndNotKept() {
        Subscription subscription = subscription();
        feed.add(subscription);

        publish(EventType.RENEWED);

        assertThat(drained(subscription)).hasSize(1);
        assertThat(store.rows).isEmpty();
    }

    @Test
    void whoComesBackGetsWhatWasMissedInBetween() {
        publish(EventType.KEY, EventType.LOST, EventType.RECOVERED);
        long first = store.rows.get(0).seq();
        Subscription back = subscription();

        List<FeedEvent> missed = feed.resume(back, first);
        publish(EventType.RELEASED);

        assertThat(missed).isEqualTo(store.rows.subList(1, 3));
        assertThat(drained(back)).extracting(FeedEvent::type).containsExactly(EventType.RELEASED);
    }

    @Test
    void whatAnEarlierProcessHasToldAndWrittenCanBeMissed() {
        publish(EventType.KEY, EventType.LOST);
        long first = store.rows.get(0).seq();
        feed = restarted();

        assertThat(feed.resume(subscription(), first)).isEqualTo(store.rows.subList(1, 2));
        assertThat(feed.isOfEarlierProcess(first)).isTrue();
    }

    @Test
    void anEarlierProcessMayHaveGivenNumbersToWhatIsNotOnDisk() {
        publish(EventType.KEY);
        Subscription earlier = subscription();
        feed.add(earlier);
        publish(EventType.RENEWED, EventType.LOST);
        store.failing = true;
        publish(EventType.RECOVERED);
        long unwritten = earlier.startedAfter() + 3;
        clock.advance(ofSeconds(1));
        feed = restarted();
        store.failing = false;
        publish(EventType.KEY);

        for (long renewal = earlier.startedAfter() + 1, seq = renewal; seq <= unwritten; seq++) {
            assertThat(feed.resume(subscription(), seq))
                    .extracting(FeedEvent::type)
                    .containsExactlyElementsOf(
                            seq == renewal ? List.of(EventType.LOST, EventType.KEY) : List.of(EventType.KEY));
            assertThat(feed.isOfEarlierProcess(seq)).isTrue();
        }
    }

    @Test
    void aNumberThatIsNotKnownResumesNothing() {
        publish(EventType.KEY);

        assertThat(feed.resume(subscription(), Long.MAX_VALUE))
                .as("of the future")
                .isNull();
        assertThat(feed.resume(subscription(), 1)).as("never given").isNull();
    }

    @Test
    void theNewestAreKept() {
        for (int i = 0; i <= EventFeed.KEPT; i++) {
            publish(EventType.KEY);
        }
        long oldest = store.rows.get(0).seq();

        assertThat(store.rows).hasSize(EventFeed.KEPT);
        assertThat(feed.resume(subscription(), oldest - 1)).hasSize(EventFeed.KEPT);
        assertThat(feed.resume(subscription(), oldest - 2)).isNull();
    }

    @Test
    void aSubscriberThatDoesNotReadIsOverrun() {
        Subscription lazy = subscription();
        feed.add(lazy);

        for (int i = 0; i < Subscription.MOST_WAITING; i++) {
            publish(EventType.KEY);
        }
        assertThat(lazy.isOverrun()).isFalse();
        publish(EventType.KEY);

        assertThat(lazy.isOverrun()).isTrue();
        assertThat(lazy.poll()).isNull();
    }

    private EventFeed restarted() {
        EventFeed next = new EventFeed(store, clock, type -> {});
        next.restore();
        return next;
    }

    private Subscription subscription() {
        return new Subscription(event -> true, () -> {});
    }

    private void publish(EventType... types) {
        for (EventType type : types) {
            feed.publish(clock.instant(), type, null);
        }
    }

    private static List<FeedEvent> drained(Subscription subscription) {
        List<FeedEvent> all = new ArrayList<>();
        for (FeedEvent event = subscription.poll(); event != null; event = subscription.poll()) {
            all.add(event);
        }
        return all;
    }
}
