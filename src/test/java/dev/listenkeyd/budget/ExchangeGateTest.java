package dev.listenkeyd.budget;

import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.Given.paused;
import static java.time.Duration.ofDays;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Pause;
import dev.listenkeyd.lease.RenewalOutcome.Paused;
import dev.listenkeyd.lease.RenewalOutcome.Skipped;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The budget, and permits. */
class ExchangeGateTest extends GateFixture {

    @Test
    void letsThroughExactlyTheBudget() {
        assertThat(entered(100)).isEqualTo(WEIGHT);
        assertThat(gate.weightUsed()).isEqualTo(WEIGHT);
    }

    @Test
    void givesWeightBackExactlyOneWindowLaterAndNoSooner() {
        entered(WEIGHT);

        clock.advance(ofMinutes(1).minusMillis(1));
        assertThat(entered(1)).isZero();

        clock.advance(ofMillis(1));
        assertThat(entered(100)).isEqualTo(WEIGHT);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void noWindowEverHoldsMoreThanTheBudgetAndNoneIsWasted(long seed) {
        Random dice = new Random(seed);
        List<Instant> sent = new ArrayList<>();
        for (int step = 0; step < 5000; step++) {
            clock.advance(ofMillis(dice.nextInt(5000)));
            Instant now = clock.instant();
            boolean room = sent.size() < WEIGHT
                    || !sent.get(sent.size() - WEIGHT).plus(ofMinutes(1)).isAfter(now);
            boolean entered = enters(gate, Priority.DUE, 0);
            assertThat(entered).as("seed %d, step %d", seed, step).isEqualTo(room);
            if (entered) {
                sent.add(now);
            }
        }
    }

    @ParameterizedTest(name = "budget {0}: {1} spare calls")
    @CsvSource({"1, 1", "2, 1", "3, 2", "10, 5", "11, 6"})
    void spareCallsLeaveHalfOfTheBudgetFree(int weight, int expected) {
        ExchangeGate small = new ExchangeGate(new Budget(weight, ofMinutes(1), 0), clock, clock);

        int spare = 0;
        while (enters(small, Priority.SPARE, 0)) {
            spare++;
        }

        assertThat(spare).isEqualTo(expected);
    }

    @Test
    void spareCallsCountWhatOthersOfOursTook() {
        entered(5);

        assertThat(enters(gate, Priority.SPARE, 0)).isFalse();
        assertThat(enters(gate, Priority.DUE, 0)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {-7200, -1, 3600})
    void aSteppingWallClockNeitherRefillsNorLocksTheBudget(long seconds) {
        entered(WEIGHT);

        clock.stepWallClock(ofSeconds(seconds));
        assertThat(entered(1)).isZero();

        clock.advance(ofMinutes(1));
        assertThat(entered(100)).isEqualTo(WEIGHT);
    }

    @Test
    void whatNeverLeftIsGivenBack() {
        entered(WEIGHT);

        underWay.poll().release();

        assertThat(entered(100)).isEqualTo(1);
    }

    /** Else a call that is given up again and again would keep the window full. */
    @Test
    void whatIsGivenBackIsTheCallItself() {
        entered(WEIGHT - 1);
        clock.advance(ofSeconds(59));
        entered(1);

        underWay.removeLast().release();
        clock.advance(ofSeconds(1));

        assertThat(gate.weightUsed()).isZero();
    }

    @Test
    void givingBackAnEarlierCallDoesNotMakeALaterOneOlder() {
        entered(1);
        clock.advance(ofSeconds(30));
        entered(WEIGHT - 1);

        underWay.poll().release();
        entered(1);
        clock.advance(ofSeconds(30));

        assertThat(entered(1)).isZero();
    }

    @Test
    void aRestartOpensNoSecondBudget() {
        gate.recall(7);

        assertThat(entered(100)).isEqualTo(3);
    }

    @Test
    void recallsNoMoreThanTheBudgetAndForNoLongerThanAWindow() {
        gate.recall(1_000_000);
        assertThat(entered(1)).isZero();

        clock.advance(ofMinutes(1));
        assertThat(entered(100)).isEqualTo(WEIGHT);
    }

    @Test
    void sustainsWeightPerWindow() {
        assertThat(new ExchangeGate(new Budget(200, ofMinutes(1), 0.2), clock, clock).perSecond())
                .isEqualTo(200 / 60.0);
    }

    @ParameterizedTest(name = "{0} per {1}, headroom {2}")
    @CsvSource({"0, PT1M, 0.2", "-1, PT1M, 0.2", "1, PT0.999S, 0.2", "1, PT1M, -0.1", "1, PT1M, 1", "1, PT1M, NaN"})
    void refusesASenselessBudget(int weight, Duration window, double headroom) {
        assertThatThrownBy(() -> new Budget(weight, window, headroom)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aPermitWhoseCallWasNeverMadeIsReleased() {
        enterAndLearn(paused(Reason.BANNED, at(60)));
        clock.advanceTo(at(60));

        assertThatThrownBy(() -> {
                    try (Permit permit = gate.tryAcquire(Priority.DUE, 0)) {
                        throw new IllegalStateException(permit == null ? "no permit" : "between permit and call");
                    }
                })
                .hasMessage("between permit and call");

        assertThat(entered(100)).isEqualTo(1);
    }

    @Test
    void aPermitIsSettledOnce() {
        entered(1);
        Permit permit = underWay.element();
        permit.succeeded();

        permit.release();
        assertThat(permit.failed(paused(Reason.BANNED, at(60)))).isEmpty();

        assertThat(gate.weightUsed()).isEqualTo(1);
        assertThat(gate.closed()).isNull();
    }

    @Test
    void aCallBesideLeavesTheWeightThatRenewalsNeed() {
        entered(3);

        assertThat(enters(gate, Priority.EXTRA, 7)).isFalse();
        assertThat(enters(gate, Priority.EXTRA, 6)).isTrue();
        assertThat(enters(gate, Priority.EXTRA, 6)).isFalse();
    }

    @Test
    void aCallThatLeavesRoomTakesNoneOfIt() {
        assertThat(enters(gate, Priority.DUE, 10)).isFalse();
        assertThat(enters(gate, Priority.DUE, 9)).isTrue();
        assertThat(enters(gate, Priority.DUE, 9)).isFalse();
    }

    @Test
    void noCallBesideLeavesWhileTheExchangeIsAway() {
        ExchangeGate wide = away(100);
        clock.advance(ofMinutes(2));

        assertThat(enters(wide, Priority.EXTRA, 0)).isFalse();
        assertThat(enters(wide, Priority.DUE, 0)).isTrue();
    }

    @Test
    void aCallAsideThatNeverLeftGivesItsWeightBack() {
        entered(WEIGHT);

        record(new Skipped(Given.failure(Reason.BUDGET, at(0))));

        assertThat(entered(100)).isEqualTo(1);
    }

    @Test
    void anEarlyCallLeavesOnlyWhileLessThanAFifthIsUsed() {
        assertThat(enters(gate, Priority.CHECK, 0)).isTrue();
        assertThat(enters(gate, Priority.CHECK, 9)).isFalse();
        assertThat(enters(gate, Priority.CHECK, 8)).isTrue();
        assertThat(enters(gate, Priority.CHECK, 0)).isFalse();
    }

    @Test
    void aRestoredPauseHoldsUntilItsEndAndIsProbedByOne() {
        gate.restore(new Pause(at(600), Reason.BANNED));

        clock.advanceTo(at(599.999));
        assertThat(entered(1)).isZero();

        clock.advanceTo(at(600));
        assertThat(entered(100)).isEqualTo(1);
    }

    @Test
    void aRestoredPauseThatIsLongOverIsProbedByOne() {
        gate.restore(new Pause(Instant.EPOCH, Reason.BANNED));

        assertThat(entered(100)).isEqualTo(1);
    }

    @Test
    void aRestoredPauseOfAnotherClockHoldsNoLongerThanTheLongestBan() {
        gate.restore(new Pause(at(0).plus(ofDays(400)), Reason.BANNED));

        assertThat(gate.opensAt()).isEqualTo(at(0).plus(ofDays(3)));
    }

    @Test
    void onlyALongerPauseIsNews() {
        entered(3);
        Paused ban = paused(Reason.BANNED, at(600));

        assertThat(record(ban))
                .containsExactly(new FleetEvent.Paused(new Pause(at(600), Reason.BANNED), ban.failure()));
        assertThat(record(ban)).isEmpty();
        assertThat(record(paused(Reason.BLOCKED, at(60)))).isEmpty();
    }
}
