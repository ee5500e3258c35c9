package dev.listenkeyd.renewal;

import static dev.listenkeyd.renewal.Given.at;
import static dev.listenkeyd.renewal.Given.failed;
import static dev.listenkeyd.renewal.Given.paused;
import static java.time.Duration.ofDays;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.renewal.ExchangeGate.Budget;
import dev.listenkeyd.renewal.Failure.Reason;
import dev.listenkeyd.renewal.RenewalOutcome.Paused;
import dev.listenkeyd.renewal.RenewalOutcome.Renewed;
import dev.listenkeyd.renewal.RenewalOutcome.Skipped;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
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
        while (small.tryEnterSpare(0)) {
            spare++;
        }

        assertThat(spare).isEqualTo(expected);
    }

    @Test
    void spareCallsCountWhatOthersOfOursTook() {
        entered(5);

        assertThat(gate.tryEnterSpare(0)).isFalse();
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
        assertThat(new ExchangeGate(new Budget(200, ofMinutes(1), 0.2), clock, clock).perSecond())
                .isEqualTo(200 / 60.0);
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

        assertThat(gate.closed()).isEqualTo(new Pause(at(90), reason));
        assertThat(gate.opensAt()).isEqualTo(at(90));
        clock.advanceTo(at(89.999));
        assertThat(gate.tryEnter(true)).isFalse();
        assertThat(gate.tryEnterSpare(0)).isFalse();

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

    @ParameterizedTest(name = "{0}: opens at {1} s by the new time")
    @CsvSource({"THROTTLED, -3540", "BLOCKED, -3540", "BANNED, 60"})
    void aClockThatIsSetBackMovesAPauseButNotANamedBan(Reason reason, double opensAt) {
        enterAndLearn(paused(reason, at(60)));
        clock.stepWallClock(ofHours(-1));

        gate.clockSetBack(ofHours(1));

        assertThat(gate.opensAt()).isEqualTo(at(opensAt));
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
        assertThat(gate.tryEnterSpare(0)).isFalse();

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

        assertThat(gate.closed()).isEqualTo(new Pause(at(400), Reason.BANNED));
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

    /** The exchange's limit is taken as 20: 0.2 of it is left to others, and half of that even when it is urgent. */
    @ParameterizedTest(name = "{0} used on this IP: not urgent {1}, urgent {2}")
    @CsvSource({
        "0, true, true",
        "15, true, true",
        "16, false, true",
        "17, false, true",
        "18, false, false",
        "400, false, false"
    })
    void aCrowdedIpIsLeftToOthers(int used, boolean polite, boolean urgent) {
        gate.observeUsedWeight(used, at(60));

        assertThat(gate.tryEnter(false)).isEqualTo(polite);
        assertThat(polite || gate.tryEnter(true)).isEqualTo(urgent);
    }

    @ParameterizedTest(name = "exchange allows {0}: {1} of 10 may be used")
    @CsvSource({"1, 1", "5, 4", "12, 9", "13, 10", "2400, 10"})
    void theSmallerOfBudgetAndExchangeLimitHolds(int exchangeLimit, int usable) {
        gate.observeLimit(exchangeLimit);

        assertThat(gate.weightLimit()).isEqualTo(usable);
        assertThat(gate.perSecond()).isEqualTo(usable / 60.0);
        assertThat(entered(100)).isEqualTo(usable);
    }

    @Test
    void anExchangeThatAllowsMoreLeavesMoreToUsBesideOthers() {
        gate.observeUsedWeight(100, at(60));
        gate.observeLimit(2400);

        assertThat(entered(100)).isEqualTo(WEIGHT);
    }

    @Test
    void theOthersGrowingUseStopsUsBeforeTheLimit() {
        gate.observeUsedWeight(10, at(60));

        assertThat(entered(100)).isEqualTo(6);
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

    // --- an exchange out of reach

    @Test
    void whileNothingComesBackHalfOfTheBudgetIsKeptForItsReturn() {
        ExchangeGate wide = away(100);

        int probes = 0;
        for (int second = 0; second < 120; second++) {
            clock.advance(ofSeconds(1));
            while (wide.tryEnter(true)) {
                probes++;
                wide.learn(failed(Reason.GARBLED));
            }
        }
        assertThat(probes).isEqualTo(100);

        assertThat(wide.tryEnter(true)).isFalse();
        clock.advance(ofMillis(1200));
        assertThat(wide.tryEnter(true)).isTrue();
        assertThat(wide.learn(new Renewed(clock.instant())))
                .singleElement()
                .isInstanceOf(FleetEvent.ExchangeBack.class);
        int burst = 0;
        while (wide.tryEnter(false)) {
            burst++;
        }
        assertThat(burst).isEqualTo(49);
    }

    @Test
    void theExchangeIsAwayAfterTenFailuresInARow() {
        ExchangeGate wide = new ExchangeGate(new Budget(100, ofMinutes(1), 0.2), clock, clock);
        for (int i = 1; i < Silence.AWAY_AFTER; i++) {
            assertThat(wide.tryEnter(false)).isTrue();
            assertThat(wide.learn(failed(Reason.UNREACHABLE))).isEmpty();
        }
        assertThat(wide.tryEnter(false)).isTrue();
        assertThat(wide.isAway()).isFalse();

        assertThat(wide.learn(failed(Reason.UNREACHABLE))).containsExactly(new FleetEvent.ExchangeAway(10));

        assertThat(wide.isAway()).isTrue();
        assertThat(wide.tryEnterSpare(0)).isFalse();
        assertThat(wide.learn(failed(Reason.UNREACHABLE))).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = Reason.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"UNREACHABLE", "GARBLED"})
    void whateverTheExchangeItselfSaysEndsTheSilence(Reason reason) {
        ExchangeGate wide = away(100);
        clock.advance(ofSeconds(90));

        List<FleetEvent> changes = wide.learn(failed(reason));

        assertThat(changes).containsExactly(new FleetEvent.ExchangeBack(ofSeconds(90)));
        assertThat(wide.isAway()).isFalse();
    }

    @Test
    void aCallThatNeverLeftSaysNothingAboutTheExchange() {
        ExchangeGate wide = away(100);

        assertThat(wide.learn(new Skipped(Given.failure(Reason.BUDGET, at(0))))).isEmpty();

        assertThat(wide.isAway()).isTrue();
    }

    private ExchangeGate away(int weight) {
        ExchangeGate wide = new ExchangeGate(new Budget(weight, ofMinutes(1), 0.2), clock, clock);
        while (!wide.isAway()) {
            assertThat(wide.tryEnter(false)).isTrue();
            wide.learn(failed(Reason.UNREACHABLE));
        }
        return wide;
    }

    // --- calls beside renewals

    @Test
    void aCallBesideLeavesTheWeightThatRenewalsNeed() {
        entered(3);

        assertThat(gate.tryEnterBeside(7)).isFalse();
        assertThat(gate.tryEnterBeside(6)).isTrue();
        assertThat(gate.tryEnterBeside(6)).isFalse();
    }

    @Test
    void aCallThatLeavesRoomTakesNoneOfIt() {
        assertThat(gate.tryEnterLeaving(10, false)).isFalse();
        assertThat(gate.tryEnterLeaving(9, false)).isTrue();
        assertThat(gate.tryEnterLeaving(9, false)).isFalse();
    }

    @Test
    void noCallBesideLeavesWhileTheExchangeIsAway() {
        ExchangeGate wide = away(100);
        clock.advance(ofMinutes(2));

        assertThat(wide.tryEnterBeside(0)).isFalse();
        assertThat(wide.tryEnter(false)).isTrue();
    }

    @Test
    void aCallAsideThatNeverLeftGivesItsWeightBack() {
        entered(WEIGHT);

        gate.learnAside(new Skipped(Given.failure(Reason.BUDGET, at(0))));

        assertThat(entered(100)).isEqualTo(1);
    }

    @Test
    void anEarlyCallLeavesOnlyWhileLessThanAFifthIsUsed() {
        assertThat(gate.tryEnterEarly(0)).isTrue();
        assertThat(gate.tryEnterEarly(9)).isFalse();
        assertThat(gate.tryEnterEarly(8)).isTrue();
        assertThat(gate.tryEnterEarly(0)).isFalse();
    }

    // --- restarts

    @Test
    void aRestoredPauseHoldsUntilItsEndAndIsProbedByOne() {
        gate.restore(new Pause(at(600), Reason.BANNED));

        clock.advanceTo(at(599.999));
        assertThat(entered(1)).isZero();

        clock.advanceTo(at(600));
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

        assertThat(gate.learn(ban))
                .containsExactly(new FleetEvent.Paused(new Pause(at(600), Reason.BANNED), ban.failure()));
        assertThat(gate.learn(ban)).isEmpty();
        assertThat(gate.learn(paused(Reason.THROTTLED, at(60)))).isEmpty();
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
