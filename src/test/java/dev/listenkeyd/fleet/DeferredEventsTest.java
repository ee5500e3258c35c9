package dev.listenkeyd.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.EventType;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.FeedEvent.LeaseFacts;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.OnLoss;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Events wait for their changes. */
class DeferredEventsTest {
    private final Map<String, Lease> leases = new HashMap<>();
    private final DeferredEvents events = new DeferredEvents(leases::get);
    private long seq;

    @Test
    void anEventWaitsUntilItsRevisionCanBeSeen() {
        FeedEvent event = event(EventType.KEY, 5);
        see(4);
        assertThat(events.release(List.of(event))).isEmpty();

        see(5);
        assertThat(events.release(List.of())).containsExactly(event);
        assertThat(events.isEmpty()).isTrue();
    }

    @Test
    void laterEventsOfTheAccountWaitBehindIt() {
        FeedEvent first = event(EventType.KEY, 5);
        FeedEvent second = event(EventType.FAILING, 4);
        see(4);
        assertThat(events.release(List.of(first, second))).isEmpty();

        see(5);
        assertThat(events.release(List.of())).containsExactly(first, second);
    }

    @Test
    void oneThatIsReadAgainIsToldOnce() {
        FeedEvent event = event(EventType.KEY, 5);
        see(5);

        assertThat(events.release(List.of(event))).containsExactly(event);
        assertThat(events.release(List.of(event))).isEmpty();
    }

    @Test
    void theEndOfALeaseIsToldOnceItIsGone() {
        FeedEvent end = event(EventType.RELEASED, 5);

        assertThat(events.release(List.of(end))).containsExactly(end);
    }

    @Test
    void whatCameBeforeAnEndThatCanBeSeenDoesNotWait() {
        FeedEvent last = event(EventType.HOLDERS, 5);
        FeedEvent end = event(EventType.RELEASED, 5);

        assertThat(events.release(List.of(last, end))).containsExactly(last, end);
    }

    @Test
    void oneOfAllLeasesDoesNotWait() {
        FeedEvent event = SimulatedEvents.event(7, Given.T0, EventType.GATE_CLOSED, null);

        assertThat(events.release(List.of(event))).containsExactly(event);
    }

    @Test
    void oneWhoseChangeNeverComesIsToldInTheEnd() {
        FeedEvent event = event(EventType.KEY, 5);
        assertThat(events.release(List.of(event))).isEmpty();
        for (int i = 1; i < DeferredEvents.LONGEST; i++) {
            assertThat(events.release(List.of())).isEmpty();
        }
        assertThat(events.release(List.of())).containsExactly(event);
    }

    private FeedEvent event(EventType type, long revision) {
        return SimulatedEvents.event(
                ++seq, Given.T0, type, new LeaseFacts("main", revision, "ACTIVE", 1, null, null, null));
    }

    private void see(long version) {
        leases.put("main", Given.active(OnLoss.RECREATE).withVersion(version));
    }
}
