package dev.listenkeyd.renewal;

import static dev.listenkeyd.renewal.Given.at;
import static dev.listenkeyd.renewal.Given.failed;
import static dev.listenkeyd.renewal.Given.paused;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.renewal.ExchangeGate.Budget;
import dev.listenkeyd.renewal.ExchangeGate.Closed;
import dev.listenkeyd.renewal.Failure.Reason;
import dev.listenkeyd.renewal.RenewalOutcome.Renewed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExchangeGateTest {
    private static final int WEIGHT = 10;

    private final VirtualClock clock = new VirtualClock();
    private final ExchangeGate gate = new ExchangeGate(new Budget(WEIGHT, ofMinutes(1), 0.2), clock, clock);

    // --- budget

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
            boolean entered = gate.tryEnter(false);
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
        while (small.tryEnterSpare()) {
            spare++;
        }

        assertThat(spare).isEqualTo(expected);
    }

    @Test
    void spareCallsCountWhatOthersOfOursTook() {
        entered(5);

        assertThat(gate.tryEnterSpare()).isFalse();
        assertThat(gate.tryEnter(false)).isTrue();
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

        gate.giveBack();

        assertThat(entered(100)).isEqualTo(1);
    }

    @Test
    void givingBackAnEarlierCallDoesNotMakeALaterOneOlder() {
        entered(1);
        clock.advance(ofSeconds(30));
        entered(WEIGHT - 1);

        gate.giveBack();
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
        assertThat(new Budget(200, ofMinutes(1), 0.2).perSecond()).isEqualTo(200 / 60.0);
    }

    @ParameterizedTest(name = "{0} per {1}, headroom {2}")
    @CsvSource({"0, PT1M, 0.2", "-1, PT1M, 0.2", "1, PT0.999S, 0.2", "1, PT1M, -0.1", "1, PT1M, 1", "1, PT1M, NaN"})
    void refusesASenselessBudget(int weight, Duration window, double headroom) {
        assertThatThrownBy(() -> new Budget(weight, window, headroom)).isInstanceOf(IllegalArgumentException.class);
    }

    // --- pauses

    @ParameterizedTest
    @ValueSource(strings = {"THROTTLED", "BANNED", "BLOCKED"})
    void aPauseSilencesEverybodyUntilExactlyItsEnd(Reason reason) {
        enterAndLearn(paused(reason, at(90)));

        assertThat(gate.closed()).isEqualTo(new Closed(at(90), reason));
        assertThat(gate.opensAt()).isEqualTo(at(90));
        clock.advanceTo(at(89.999));
        assertThat(gate.tryEnter(true)).isFalse();
        assertThat(gate.tryEnterSpare()).isFalse();

        clock.advanceTo(at(90));
        assertThat(gate.closed()).isNull();
        assertThat(gate.tryEnter(false)).isTrue();
    }

    @ParameterizedTest(name = "{0} s, then {1} s: {2} s")
    @CsvSource({"90, 60, 90", "60, 90, 90", "60, 60, 60"})
    void theLongestPauseWins(double first, double second, double expected) {
        entered(2);

        gate.learn(paused(Reason.BANNED, at(first)));
        gate.learn(paused(Reason.THROTTLED, at(second)));

        assertThat(gate.opensAt()).isEqualTo(at(expected));
    }

    @Test
    void aLateSuccessDoesNotEndAPause() {
        entered(2);
        gate.learn(paused(Reason.THROTTLED, at(60)));

        gate.learn(new Renewed(at(0)));

        assertThat(gate.tryEnter(true)).isFalse();
    }

    @Test
    void afterAPauseOneCallGoesAloneAndItsSuccessOpensTheGate() {
        enterAndLearn(paused(Reason.THROTTLED, at(60)));
        clock.advanceTo(at(120));

        assertThat(entered(100)).isEqualTo(1);
        assertThat(gate.tryEnterSpare()).isFalse();

        gate.learn(new Renewed(at(120)));
        assertThat(entered(100)).isEqualTo(WEIGHT - 1);
    }

    @Test
    void afterAPauseAFailedProbeIsFollowedByASingleOne() {
        enterAndLearn(paused(Reason.THROTTLED, at(60)));
        clock.advanceTo(at(120));

        enterAndLearn(failed(Reason.UNREACHABLE));

        assertThat(entered(100)).isEqualTo(1);
    }

    @Test
    void aProbeThatIsPausedAgainClosesTheGateAgain() {
        enterAndLearn(paused(Reason.THROTTLED, at(60)));
        clock.advanceTo(at(120));

        enterAndLearn(paused(Reason.BANNED, at(400)));

        assertThat(gate.closed()).isEqualTo(new Closed(at(400), Reason.BANNED));
        assertThat(entered(100)).isZero();
    }

    @Test
    void aProbeThatNeverLeftLeavesRoomForAnother() {
        enterAndLearn(paused(Reason.THROTTLED, at(60)));
        clock.advanceTo(at(120));
        entered(1);

        gate.giveBack();

        assertThat(entered(100)).isEqualTo(1);
    }

    @Test
    void anOpenGateOpensInTheDistantPast() {
        assertThat(gate.opensAt()).isEqualTo(Instant.EPOCH);
        assertThat(gate.closed()).isNull();
    }

    // --- others on this IP

    /** The exchange's limit is taken as 20; 0.2 of it is left to others, so from 16 on only what is urgent leaves. */
    @ParameterizedTest(name = "{0} used on this IP: not urgent {1}")
    @CsvSource({"0, true", "15, true", "16, false", "400, false"})
    void aCrowdedIpIsLeftToOthersUnlessItIsUrgent(int used, boolean polite) {
        gate.observeUsedWeight(used, at(60));

        assertThat(gate.tryEnter(false)).isEqualTo(polite);
        assertThat(gate.tryEnter(true)).isTrue();
    }

    @Test
    void theCrowdIsForgottenWithItsWindow() {
        gate.observeUsedWeight(400, at(60));

        clock.advanceTo(at(59.999));
        assertThat(gate.tryEnter(false)).isFalse();

        clock.advanceTo(at(60));
        assertThat(gate.tryEnter(false)).isTrue();
    }

    @Test
    void ourOwnCallsAreNotCountedAsOthers() {
        entered(WEIGHT);

        gate.observeUsedWeight(WEIGHT + 3, at(60));

        assertThat(gate.weightUsed()).isEqualTo(WEIGHT + 3);
    }

    @Test
    void withinAWindowTheOthersNeverShrinkAndInTheNextTheyDo() {
        gate.observeUsedWeight(16, at(60));
        gate.observeUsedWeight(3, at(60));
        assertThat(gate.weightUsed()).isEqualTo(16);

        gate.observeUsedWeight(3, at(120));
        assertThat(gate.weightUsed()).isEqualTo(3);
    }

    @Test
    void anObservationSurvivesAWallClockThatStepsBack() {
        gate.observeUsedWeight(400, at(60));
        clock.stepWallClock(ofHours(-2));

        gate.observeUsedWeight(0, clock.instant().plusSeconds(60));
        clock.advance(ofMinutes(1));

        assertThat(gate.tryEnter(false)).isTrue();
    }

    private int entered(int tries) {
        int entered = 0;
        for (int i = 0; i < tries; i++) {
            entered += gate.tryEnter(false) ? 1 : 0;
        }
        return entered;
    }

    private void enterAndLearn(RenewalOutcome outcome) {
        assertThat(gate.tryEnter(false)).isTrue();
        gate.learn(outcome);
    }
}
