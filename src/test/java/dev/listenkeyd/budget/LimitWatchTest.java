package dev.listenkeyd.budget;

import static dev.listenkeyd.lease.Given.POLICY;
import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.Given.failed;
import static dev.listenkeyd.lease.Given.paused;
import static java.time.Duration.ofDays;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.budget.LimitAnswer.Named;
import dev.listenkeyd.budget.LimitAnswer.NotNamed;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import dev.listenkeyd.lease.VirtualClock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked
class LimitWatchTest {
    private final VirtualClock clock = new VirtualClock();
    private final ExchangeGate gate = new ExchangeGate(new Budget(200, ofMinutes(1), 0.2), clock, clock);
    private final List<FleetEvent> events = new ArrayList<>();
    private final Deque<LimitAnswer> script = new ArrayDeque<>();
    private int asked;
    private int leases;
    private int needed;
    /** When nothing is scripted. */
    private LimitAnswer usual = named(400);

    private final LimitWatch watch = new LimitWatch(
            gate,
            patience -> {
                asked++;
                return script.isEmpty() ? usual : script.poll();
            },
            new LimitWatch.Demand(POLICY.ttl(), POLICY.meanInterval(), () -> leases, () -> needed),
            events::add,
            clock);

    // --- when

    @Test
    void atAStartNothingElseLeavesBeforeTheAnswer() {
        gate.awaitLimit();
        usual = named(16);
        assertThat(gate.tryAcquire(Priority.URGENT, 0)).isNull();

        watch.askFirst();

        assertThat(asked).isEqualTo(1);
        assertThat(gate.weightLimit()).isEqualTo(12);
        assertThat(gate.tryAcquire(Priority.DUE, 0)).isNotNull();
        assertThat(events).containsExactly(new FleetEvent.LimitLearned(12, ofMinutes(1)));
    }

    @Test
    void withoutAnAnswerTheDaemonGoesOnCarefullyAndAsksAgainSoon() {
        gate.awaitLimit();
        usual = new NotNamed(failed(Reason.UNREACHABLE));

        watch.askFirst();

        assertThat(gate.tryAcquire(Priority.DUE, 0)).isNotNull();
        assertThat(events).singleElement().isInstanceOf(FleetEvent.LimitUnreadable.class);
        assertAsksAgainAfterExactly(ofMinutes(1));
        assertAsksAgainAfterExactly(ofMinutes(2));
        assertAsksAgainAfterExactly(ofMinutes(4));
        assertAsksAgainAfterExactly(ofMinutes(8));
        assertAsksAgainAfterExactly(ofMinutes(15));
        assertAsksAgainAfterExactly(ofMinutes(15));
        assertThat(events).as("said once").hasSize(1);
        assertThat(gate.isAway()).isFalse();
    }

    @Test
    void aDefectInTheQuestionHoldsNobodyUp() {
        gate.awaitLimit();
        LimitWatch broken = new LimitWatch(
                gate,
                patience -> {
                    throw new IllegalStateException("a defect");
                },
                new LimitWatch.Demand(POLICY.ttl(), POLICY.meanInterval(), () -> 0, () -> 0),
                events::add,
                clock);

        assertThatThrownBy(broken::askFirst).isInstanceOf(IllegalStateException.class);

        assertThat(gate.tryAcquire(Priority.DUE, 0)).isNotNull();
        assertThat(gate.weightUsed()).isEqualTo(1);
    }

    @Test
    void anAnswerHoldsForAnHour() {
        watch.askWhenDue();
        assertAsksAgainAfterExactly(Duration.ofHours(1));
        assertAsksAgainAfterExactly(Duration.ofHours(1));
    }

    @Test
    void theHourlyQuestionLeavesTheWeightThatRenewalsNeed() {
        watch.askWhenDue();
        clock.advance(Duration.ofHours(1));
        needed = 200;
        watch.askWhenDue();
        assertThat(asked).isEqualTo(1);

        needed = 199;
        watch.askWhenDue();

        assertThat(asked).isEqualTo(2);
    }

    @Test
    void afterARefusedCallTheLimitIsAskedForAsSoonAsThePauseIsOver() {
        watch.askWhenDue();
        usual = named(100);
        Given.call(gate, paused(Reason.THROTTLED, at(61)));
        needed = 200;

        clock.advanceTo(at(60));
        watch.askWhenDue();
        assertThat(asked).isEqualTo(1);
        clock.advanceTo(at(61));
        watch.askWhenDue();

        assertThat(asked).isEqualTo(2);
        assertThat(gate.exchangeLimit()).isEqualTo(100);
        watch.askWhenDue();
        assertThat(asked).as("once").isEqualTo(2);
    }

    // --- what is doubted

    @ParameterizedTest
    @ValueSource(ints = {1, 39})
    void anImplausibleDropIsAskedForASecondTimeBeforeItHolds(int limit) {
        watch.askWhenDue();
        script.add(named(limit));
        clock.advance(Duration.ofHours(1));

        watch.askWhenDue();
        assertThat(gate.exchangeLimit()).isEqualTo(400);
        assertThat(events).last().isEqualTo(new FleetEvent.LimitDoubted(limit, false));
        clock.advance(ofSeconds(1));
        watch.askWhenDue();

        assertThat(asked).isEqualTo(3);
        assertThat(gate.exchangeLimit()).isEqualTo(400);
        assertAsksAgainAfterExactly(Duration.ofHours(1));
    }

    @Test
    void aDropThatIsConfirmedHoldsAndIsAskedForAgainSoon() {
        leases = 1000;
        watch.askWhenDue();
        usual = named(1);
        clock.advance(Duration.ofHours(1));
        watch.askWhenDue();
        watch.askWhenDue();
        assertThat(gate.exchangeLimit()).isEqualTo(1);
        assertThat(events).last().isEqualTo(new FleetEvent.LimitDoubted(1, true));

        needed = 200;
        usual = named(400);
        assertAsksAgainAfterExactly(ofMinutes(1));

        assertThat(gate.exchangeLimit()).isEqualTo(400);
        assertThat(events).last().isInstanceOf(FleetEvent.LimitLearned.class);
    }

    @Test
    void aTenthOfWhatWasKnownIsPlausible() {
        watch.askWhenDue();
        usual = named(40);
        clock.advance(Duration.ofHours(1));

        watch.askWhenDue();

        assertThat(gate.exchangeLimit()).isEqualTo(40);
        assertThat(asked).isEqualTo(2);
    }

    /** 100 leases, renewed every 27 minutes on average, need 3.7 calls a minute, and 0.8 of the limit is ours. */
    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    void aLimitThatTheLeasesCanNotLiveWithIsDoubtedEvenAtAStart(int limit) {
        leases = 100;
        gate.awaitLimit();
        usual = named(limit);

        watch.askFirst();

        boolean enough = limit == 5;
        assertThat(asked).isEqualTo(enough ? 1 : 2);
        assertThat(gate.exchangeLimit()).isEqualTo(limit);
        assertThat(events.stream().filter(FleetEvent.LimitDoubted.class::isInstance))
                .hasSize(enough ? 0 : 2);
    }

    // --- pauses

    @Test
    void aPauseThatItIsToldHoldsForAll() {
        usual = new NotNamed(paused(Reason.BANNED, at(600)));

        watch.askWhenDue();

        assertThat(gate.opensAt()).isEqualTo(at(600));
        assertThat(events).first().isInstanceOf(FleetEvent.Paused.class);
    }

    @Test
    void inAPauseThatNoKeyOutlivesOneProbeGoesEveryHalfHour() {
        watch.askWhenDue();
        Given.call(gate, paused(Reason.BANNED, at(0).plus(ofDays(3))));
        usual = new NotNamed(failed(Reason.UNREACHABLE));
        for (int minute = 0; minute < 30; minute++) {
            clock.advanceTo(at(60 * minute));
            watch.askWhenDue();
        }
        assertThat(asked).isEqualTo(1);

        clock.advanceTo(at(1800));
        watch.askWhenDue();
        watch.askWhenDue();
        assertThat(asked).isEqualTo(2);
        assertThat(gate.closed()).isNotNull();

        usual = named(400);
        clock.advanceTo(at(3599));
        watch.askWhenDue();
        assertThat(asked).isEqualTo(2);
        clock.advanceTo(at(3600));
        watch.askWhenDue();
        assertThat(asked).isEqualTo(3);
        assertThat(gate.closed()).isNull();
    }

    @Test
    void aPauseThatKeysOutliveIsKept() {
        watch.askWhenDue();
        Given.call(gate, paused(Reason.BANNED, at(0).plus(POLICY.ttl())));

        for (int minute = 0; minute < 60; minute++) {
            clock.advanceTo(at(60 * minute));
            watch.askWhenDue();
        }

        assertThat(asked).isEqualTo(1);
    }

    @Test
    void withoutLeasesTheReturnOfTheExchangeIsFoundOut() {
        watch.askWhenDue();
        usual = new NotNamed(failed(Reason.UNREACHABLE));
        while (!gate.isAway()) {
            clock.advance(ofSeconds(1));
            Given.call(gate, failed(Reason.UNREACHABLE));
        }
        clock.advance(LimitWatch.AWAY_EVERY);
        watch.askWhenDue();
        assertAsksAgainAfterExactly(LimitWatch.AWAY_EVERY);
        assertThat(gate.isAway()).isTrue();

        usual = named(400);
        assertAsksAgainAfterExactly(LimitWatch.AWAY_EVERY);

        assertThat(gate.isAway()).isFalse();
        assertThat(events).last().isInstanceOf(FleetEvent.ExchangeReachable.class);
    }

    @Test
    void withLeasesTheirOwnRetriesFindItOut() {
        leases = 1;
        watch.askWhenDue();
        while (!gate.isAway()) {
            clock.advance(ofSeconds(1));
            Given.call(gate, failed(Reason.UNREACHABLE));
        }
        clock.advance(LimitWatch.AWAY_EVERY);
        watch.askWhenDue();

        assertThat(asked).isEqualTo(1);
    }

    private void assertAsksAgainAfterExactly(Duration wait) {
        int before = asked;
        clock.advance(wait.minusMillis(1));
        watch.askWhenDue();
        assertThat(asked).isEqualTo(before);

        clock.advance(Duration.ofMillis(1));
        watch.askWhenDue();
        assertThat(asked).isEqualTo(before + 1);
    }

    private static Named named(int limit) {
        return new Named(new Renewed(at(0)), limit);
    }
}
