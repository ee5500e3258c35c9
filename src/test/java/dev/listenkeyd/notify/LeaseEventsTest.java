package dev.listenkeyd.notify;

import static dev.listenkeyd.lease.Given.OTHER;
import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.OnLoss.RECREATE;
import static dev.listenkeyd.lease.OnLoss.REPORT;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.budget.Budget;
import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.forecast.Forecast;
import dev.listenkeyd.lease.EventType;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseState.Retrying;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.lease.RenewalOutcome.Confirmed;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import dev.listenkeyd.lease.VirtualClock;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Which change is told as which event. */
@NullUnmarked
class LeaseEventsTest {
    private final VirtualClock clock = new VirtualClock();
    private final ExchangeGate gate = new ExchangeGate(new Budget(200, ofMinutes(1), 0.2), clock, clock);
    private final MemoryEventStore store = new MemoryEventStore();
    private final EventFeed feed = new EventFeed(store, clock, type -> {});
    private final ChangeWaiters waiters = new ChangeWaiters(Runnable::run);
    private final LeaseEvents events =
            new LeaseEvents(feed, waiters, RecordingSender.noWebhooks(), new Forecast(Given.POLICY), gate, clock);

    @Test
    void theLifeOfALeaseIsToldStepByStep() {
        Lease active = Given.active(RECREATE);
        Lease failing = active.withFailure(new Retrying(at(1810), 1, at(1800)), failure());
        Lease again = active.withFailure(new Retrying(at(1820), 2, at(1800)), failure());
        Lease shared = active.withRegistration(active.registration().withHolder("bot-2", "bot-2"));

        change(null, active, null);
        change(active, failing, Given.failed(Reason.UNREACHABLE));
        change(failing, again, Given.failed(Reason.UNREACHABLE));
        change(again, active, new Renewed(at(1820)));
        change(active, shared, null);
        change(shared, null, null);

        assertThat(told())
                .containsExactly(
                        EventType.REGISTERED,
                        EventType.FAILING,
                        EventType.RECOVERED,
                        EventType.HOLDERS,
                        EventType.RELEASED);
    }

    @Test
    void aLossIsToldWithWhatMustBeReconciled() {
        Lease active = Given.active(REPORT);
        Lease lost = Given.lost(REPORT);

        change(active, lost, Given.failed(Reason.NO_ACTIVE_KEY));

        FeedEvent event = store.rows.get(0);
        assertThat(event.type()).isEqualTo(EventType.LOST);
        assertThat(event.lease().status()).isEqualTo("LOST");
        assertThat(event.lease().loss().cause()).isEqualTo(lost.lastLoss().cause());
        assertThat(event.lease().loss().from()).isEqualTo(lost.lastLoss().lostAt());
        assertThat(event.lease().loss().to()).isNull();
    }

    @Test
    void anotherKeyIsToldAsAKeyEvenWhenItTakesTheOldOnesPlaceInOneStep() {
        Lease active = Given.active(RECREATE);
        Lease rotated = active.withKey(
                2,
                new ListenKey(OTHER, at(1), at(1), at(3601)),
                new Active(at(1800)),
                Given.lost(RECREATE).lastLoss().recovered(at(1), OTHER));

        change(active, rotated, new Confirmed(at(1), OTHER, null));

        FeedEvent event = store.rows.get(0);
        assertThat(event.type()).isEqualTo(EventType.KEY);
        assertThat(event.lease().fingerprint()).isEqualTo(OTHER.fingerprint());
        assertThat(event.lease().loss().cause()).isInstanceOf(LossCause.class);
        assertThat(event.lease().loss().to()).isEqualTo(at(1));
    }

    @Test
    void aKeyThatACallerHandedOverIsToldOnceItIsConfirmed() {
        change(Given.adopted(RECREATE), Given.active(RECREATE), new Confirmed(at(1), Given.OURS, null));

        assertThat(told()).containsExactly(EventType.KEY);
    }

    @Test
    void aCallThatChangesNothingIsNoEvent() {
        Lease active = Given.active(RECREATE);

        change(active, active, Given.failed(Reason.UNREACHABLE));

        assertThat(told()).isEmpty();
    }

    @Test
    void thatOnlyTimeHasPutAKeyAtRiskIsToldOnce() {
        Lease lease = Given.active(RECREATE);

        poll(lease);
        clock.advanceTo(at(3599));
        poll(lease);
        poll(lease);

        assertThat(told()).containsExactly(EventType.AT_RISK);
        assertThat(store.rows.get(0).lease().revision()).isEqualTo(lease.version());
    }

    /** Otherwise the event would follow that of the recovery, with an older revision. */
    @Test
    void aKeyThatWasSavedMeanwhileIsNoRisk() {
        clock.advanceTo(at(3599));

        events.poll(List.of(Given.active(RECREATE)), (account, action) -> {
            action.accept(Given.in("main", new Active(at(5400)), RECREATE, at(7200)));
            action.accept(null);
        });

        assertThat(told()).isEmpty();
    }

    @Test
    void thePauseOfAnAccountIsToldAtItsBeginWithEachOtherEndAndAtItsEnd() {
        Lease active = Given.active(RECREATE);
        Lease paused = active.withPause(Given.maintenance(7200));
        Lease longer = active.withPause(Given.maintenance(9000));

        change(active, paused, null);
        change(paused, longer, null);
        change(longer, longer.withRegistration(longer.registration().withHolder("bot-2", "bot-2")), null);
        change(longer, active, null);

        assertThat(told()).containsExactly(EventType.PAUSED, EventType.PAUSED, EventType.HOLDERS, EventType.PAUSED);
        assertThat(store.rows.stream().map(event -> event.lease().status()))
                .containsExactly("PAUSED", "PAUSED", "PAUSED", "ACTIVE");
    }

    @Test
    void aLossDuringAPauseIsALossAndTheEndShowsIt() {
        Lease paused = Given.active(RECREATE).withPause(Given.maintenance(7200));
        Lease lost = Given.recovering(0, RECREATE).withPause(Given.maintenance(7200));

        change(paused, lost, null);
        change(lost, Given.recovering(0, RECREATE), null);

        assertThat(told()).containsExactly(EventType.LOST, EventType.PAUSED);
        assertThat(store.rows.get(0).lease().status()).isEqualTo("PAUSED");
        assertThat(store.rows.get(0).lease().expiresAt()).isNull();
        assertThat(store.rows.get(1).lease().status()).isEqualTo("LOST");
    }

    @Test
    void aPausedLeaseIsNeverAtRisk() {
        clock.advanceTo(at(3599));

        poll(Given.active(RECREATE).withPause(Given.maintenance(7200)));

        assertThat(told()).isEmpty();
    }

    @Test
    void aPauseIsToldWhenItBeginsAndWhenItIsOver() {
        Given.call(gate, Given.paused(Reason.THROTTLED, at(60))).forEach(events::observe);
        assertThat(told()).containsExactly(EventType.GATE_CLOSED);

        clock.advance(ofSeconds(30));
        poll();
        assertThat(told()).hasSize(1);

        clock.advance(ofSeconds(31));
        poll();
        assertThat(told()).containsExactly(EventType.GATE_CLOSED, EventType.GATE_OPENED);
    }

    @Test
    void whatConcernsAllLeasesIsTold() {
        events.observe(new FleetEvent.ExchangeUnreachable(10));
        events.observe(new FleetEvent.ExchangeReachable(ofSeconds(1)));
        events.observe(new FleetEvent.StoreFailing());
        events.observe(new FleetEvent.StoreRecovered(ofSeconds(1)));
        events.observe(new FleetEvent.ClockJumped(ofSeconds(9)));
        events.observe(new FleetEvent.BudgetReduced(200, 100));

        assertThat(told())
                .containsExactly(
                        EventType.EXCHANGE_UNREACHABLE,
                        EventType.EXCHANGE_REACHABLE,
                        EventType.STORE_FAILING,
                        EventType.STORE_RECOVERED,
                        EventType.CLOCK_JUMPED);
        assertThat(store.rows).allMatch(event -> event.account() == null);
    }

    @Test
    void aCallThatWaitsIsWokenByAChangeOfItsOwnLeaseOnly() {
        boolean[] there = {false};
        CompletionStage<Void> waiting = waiters.await("main", () -> there[0], ofMinutes(2));

        there[0] = true;
        change(null, Given.in("other", new Active(at(1800)), RECREATE, at(3600)), null);
        assertThat(waiting.toCompletableFuture()).isNotDone();

        there[0] = false;
        change(null, Given.active(RECREATE), null);
        assertThat(waiting.toCompletableFuture()).isNotDone();

        there[0] = true;
        change(null, Given.active(RECREATE), null);
        assertThat(waiting.toCompletableFuture()).isDone();
    }

    private void change(Lease before, Lease after, RenewalOutcome outcome) {
        events.observe(new RenewalEvent(before, outcome, after, clock.instant(), null, null, false));
    }

    private static Failure failure() {
        return Given.failure(Reason.UNREACHABLE, at(1800));
    }

    private List<EventType> told() {
        return store.rows.stream().map(FeedEvent::type).toList();
    }

    private void poll(Lease... leases) {
        events.poll(List.of(leases), (account, action) -> action.accept(leases[0]));
    }
}
