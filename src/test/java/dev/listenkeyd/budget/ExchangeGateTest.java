package dev.listenkeyd.budget;

import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.Given.failed;
import static dev.listenkeyd.lease.Given.paused;
import static java.time.Duration.ofDays;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.budget.ExchangeGate.Budget;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Pause;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.lease.RenewalOutcome.Paused;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import dev.listenkeyd.lease.RenewalOutcome.Skipped;
import dev.listenkeyd.lease.VirtualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
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

    private final Deque<Permit> underWay = new ArrayDeque<>();

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

    // --- pauses

    @ParameterizedTest
    @ValueSource(strings = {"THROTTLED", "BANNED", "BLOCKED"})
    void aPauseSilencesEverybodyUntilExactlyItsEnd(Reason reason) {
        enterAndLearn(paused(reason, at(90)));

        assertThat(gate.closed()).isEqualTo(new Pause(at(90), reason));
        assertThat(gate.opensAt()).isEqualTo(at(90));
        clock.advanceTo(at(89.999));
        assertThat(enters(gate, Priority.URGENT, 0)).isFalse();
        assertThat(enters(gate, Priority.SPARE, 0)).isFalse();

        clock.advanceTo(at(90));
        assertThat(gate.closed()).isNull();
        assertThat(enters(gate, Priority.DUE, 0)).isTrue();
    }

    @ParameterizedTest(name = "{0} s, then {1} s: {2} s")
    @CsvSource({"90, 60, 90", "60, 90, 90", "60, 60, 60"})
    void theLongestPauseWins(double first, double second, double expected) {
        entered(2);

        record(paused(Reason.BANNED, at(first)));
        record(paused(Reason.THROTTLED, at(second)));

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
        record(paused(Reason.THROTTLED, at(60)));

        record(new Renewed(at(0)));

        assertThat(enters(gate, Priority.URGENT, 0)).isFalse();
    }

    @Test
    void afterAPauseCallsStartSlowlyEachStepWhenTheLastOneIsAnswered() {
        ExchangeGate wide = new ExchangeGate(new Budget(1000, ofMinutes(1), 0.2), clock, clock);
        assertThat(enters(wide, Priority.DUE, 0)).isTrue();
        record(paused(Reason.BANNED, at(60)));
        clock.advanceTo(at(60));

        for (int step : List.of(1, 2, 4, 8, 16, 32, 64)) {
            assertThat(entered(wide, 200)).as("step").isEqualTo(step);
            for (int reply = 1; reply < step; reply++) {
                record(new Renewed(at(60)));
                assertThat(entered(wide, 1)).as("before the last reply").isZero();
            }
            record(new Renewed(at(60)));
        }

        assertThat(entered(wide, 200)).isEqualTo(200);
    }

    /** A dead key or a refused API key is the exchange's own word: it answers this IP. */
    @ParameterizedTest(name = "{0}: {1} calls follow two")
    @CsvSource({"NO_ACTIVE_KEY, 4", "CREDENTIALS_REFUSED, 4", "UNREACHABLE, 2", "GARBLED, 2"})
    void aStepWithoutAnAnswerIsRepeated(Reason reason, int next) {
        enterAndLearn(paused(Reason.BANNED, at(60)));
        clock.advanceTo(at(60));
        enterAndLearn(new Renewed(at(60)));
        assertThat(entered(100)).isEqualTo(2);

        record(failed(reason));
        record(new Renewed(at(60)));

        assertThat(entered(100)).isEqualTo(next);
    }

    @Test
    void aRefusedCallOfALaterStepMeansOneCallAloneAgain() {
        enterAndLearn(paused(Reason.BANNED, at(60)));
        clock.advanceTo(at(60));
        enterAndLearn(new Renewed(at(60)));
        assertThat(entered(100)).isEqualTo(2);

        record(paused(Reason.BANNED, at(120)));
        record(new Renewed(at(60)));
        clock.advanceTo(at(120));

        assertThat(entered(100)).isEqualTo(1);
    }

    /** By a clock that is 50 s fast a ban is over 50 s too soon; each call lengthens it by 10 s. */
    @Test
    void aBanThatGoesOnIsAskedAfterLessAndLessOften() {
        enterAndLearn(paused(Reason.BANNED, at(60)));
        int calls = 0;
        for (int second = 60; second < 600; second++) {
            clock.advanceTo(at(second));
            if (enters(gate, Priority.DUE, 0)) {
                calls++;
                record(paused(Reason.BANNED, at(second + 10)));
            }
        }

        assertThat(calls).isLessThan(10);
        underWay.clear();
    }

    @Test
    void aReplyToACallFromBeforeThePauseProvesNothing() {
        entered(2);
        record(paused(Reason.BANNED, at(60)));
        clock.advanceTo(at(60));
        assertThat(entered(100)).isEqualTo(1);

        record(new Renewed(at(0)));

        assertThat(entered(100)).isZero();
    }

    @Test
    void afterAPauseAFailedProbeIsFollowedByASingleOne() {
        enterAndLearn(paused(Reason.BANNED, at(60)));
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

        underWay.poll().release();

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

        assertThat(enters(gate, Priority.DUE, 0)).isEqualTo(polite);
        assertThat(polite || enters(gate, Priority.URGENT, 0)).isEqualTo(urgent);
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
        assertThat(enters(gate, Priority.DUE, 0)).isFalse();

        clock.advanceTo(at(60));
        assertThat(enters(gate, Priority.DUE, 0)).isTrue();
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

        assertThat(enters(gate, Priority.DUE, 0)).isTrue();
    }

    // --- an exchange out of reach

    @Test
    void whileNothingComesBackHalfOfTheBudgetIsKeptForItsReturn() {
        ExchangeGate wide = away(100);

        int probes = 0;
        for (int second = 0; second < 120; second++) {
            clock.advance(ofSeconds(1));
            while (enters(wide, Priority.URGENT, 0)) {
                probes++;
                record(failed(Reason.GARBLED));
            }
        }
        assertThat(probes).isEqualTo(100);

        assertThat(enters(wide, Priority.URGENT, 0)).isFalse();
        clock.advance(ofMillis(1200));
        assertThat(enters(wide, Priority.URGENT, 0)).isTrue();
        assertThat(record(new Renewed(clock.instant())))
                .singleElement()
                .isInstanceOf(FleetEvent.ExchangeReachable.class);
        int burst = 0;
        while (enters(wide, Priority.DUE, 0)) {
            burst++;
        }
        assertThat(burst).isEqualTo(49);
    }

    @Test
    void theExchangeIsAwayAfterTenFailuresInARow() {
        ExchangeGate wide = new ExchangeGate(new Budget(100, ofMinutes(1), 0.2), clock, clock);
        assertThat(entered(wide, 2)).isEqualTo(2);
        for (int i = 1; i < OutageDetector.AWAY_AFTER; i++) {
            assertThat(enters(wide, Priority.DUE, 0)).isTrue();
            assertThat(record(failed(Reason.UNREACHABLE))).isEmpty();
        }
        assertThat(wide.isAway()).isFalse();

        assertThat(record(failed(Reason.UNREACHABLE))).containsExactly(new FleetEvent.ExchangeUnreachable(10));

        assertThat(wide.isAway()).isTrue();
        assertThat(enters(wide, Priority.SPARE, 0)).isFalse();
        assertThat(record(failed(Reason.UNREACHABLE))).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = Reason.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"UNREACHABLE", "GARBLED"})
    void whateverTheExchangeItselfSaysEndsTheSilence(Reason reason) {
        ExchangeGate wide = away(100);
        clock.advance(ofSeconds(90));

        List<FleetEvent> changes = record(failed(reason));

        assertThat(changes).containsExactly(new FleetEvent.ExchangeReachable(ofSeconds(90)));
        assertThat(wide.isAway()).isFalse();
    }

    @Test
    void aCallThatNeverLeftSaysNothingAboutTheExchange() {
        ExchangeGate wide = away(100);

        assertThat(record(new Skipped(Given.failure(Reason.BUDGET, at(0))))).isEmpty();

        assertThat(wide.isAway()).isTrue();
    }

    private ExchangeGate away(int weight) {
        ExchangeGate wide = new ExchangeGate(new Budget(weight, ofMinutes(1), 0.2), clock, clock);
        // One more than fail: its reply is still to come.
        for (int i = 0; i <= OutageDetector.AWAY_AFTER; i++) {
            assertThat(enters(wide, Priority.DUE, 0)).isTrue();
        }
        while (!wide.isAway()) {
            record(failed(Reason.UNREACHABLE));
        }
        return wide;
    }

    // --- permits

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

    // --- what refusals teach

    @Test
    void aRefusedCallHalvesWhatWasUsed() {
        entered(9);

        assertThat(record(paused(Reason.THROTTLED, at(60)))).contains(new FleetEvent.BudgetReduced(10, 4));
        assertThat(gate.weightLimit()).isEqualTo(4);
    }

    @Test
    void callsThatLeftBeforeTheRefusalWasKnownTeachNothingMore() {
        entered(9);
        clock.advance(ofMillis(10));
        record(paused(Reason.THROTTLED, at(60)));

        for (int i = 0; i < 8; i++) {
            record(paused(Reason.THROTTLED, at(61 + i)));
        }

        assertThat(gate.weightLimit()).isEqualTo(4);
    }

    /** Perhaps it was others on this IP who used the limit up. */
    @Test
    void aRefusedCallLeavesAQuarterAtLeast() {
        ExchangeGate wide = new ExchangeGate(new Budget(200, ofMinutes(1), 0.2), clock, clock);
        assertThat(enters(wide, Priority.DUE, 0)).isTrue();

        record(paused(Reason.THROTTLED, at(60)));

        assertThat(wide.weightLimit()).isEqualTo(50);
    }

    /** They take what we leave: half of the budget stays, however often they use up the limit. */
    @Test
    void refusalsThatOthersCausedDoNotStarveUs() {
        ExchangeGate wide = new ExchangeGate(new Budget(200, ofMinutes(1), 0.2), clock, clock);
        for (int minute = 0; minute < 10; minute++) {
            clock.advanceTo(at(60 * minute));
            assertThat(enters(wide, Priority.URGENT, 0)).isTrue();
            wide.observeUsedWeight(400, at(60 * minute + 60));
            record(paused(Reason.THROTTLED, at(60 * minute + 60)));
        }

        assertThat(wide.weightLimit()).isEqualTo(100);
    }

    @ParameterizedTest
    @EnumSource(
            value = Reason.class,
            names = {"BANNED", "BLOCKED"})
    void otherPausesTeachNothingAboutWeight(Reason reason) {
        entered(9);

        record(paused(reason, at(60)));

        assertThat(gate.weightLimit()).isEqualTo(10);
    }

    @Test
    void whatWasTakenAwayComesBackStepByStepOneInAWindowThatGoesWell() {
        entered(8);
        record(paused(Reason.THROTTLED, at(60)));
        underWay.clear();
        List<Integer> limits = new ArrayList<>();
        for (int minute = 1; minute <= 8; minute++) {
            clock.advanceTo(at(60 * minute));
            enterAndLearn(new Renewed(at(60 * minute)));
            enterAndLearn(new Renewed(at(60 * minute)));
            limits.add(gate.weightLimit());
        }

        assertThat(limits).containsExactly(5, 6, 7, 8, 9, 10, 10, 10);
    }

    @Test
    void aPauseIsNoWindowThatGoesWell() {
        entered(8);
        record(paused(Reason.THROTTLED, at(3600)));

        clock.advanceTo(at(3600));

        assertThat(gate.weightLimit()).isEqualTo(4);
    }

    // --- the exchange's own limit

    @Test
    void aNewProcessAsksForTheLimitBeforeItMakesAnyOtherCall() {
        gate.awaitLimit();
        assertThat(enters(gate, Priority.URGENT, 0)).isFalse();
        assertThat(enters(gate, Priority.LIMIT, 0)).isTrue();
        assertThat(enters(gate, Priority.URGENT, 0)).isFalse();

        gate.observeLimit(2400);

        assertThat(enters(gate, Priority.DUE, 0)).isTrue();
    }

    @ParameterizedTest(name = "a budget of {0}: {1}")
    @CsvSource({"100, 100", "200, 200", "2400, 200"})
    void anExchangeThatDoesNotNameItsLimitIsGivenTheSmallerOfBudgetAndTwoHundred(int budget, int expected) {
        ExchangeGate wide = new ExchangeGate(new Budget(budget, ofMinutes(1), 0.2), clock, clock);
        wide.awaitLimit();

        wide.limitUnknown();

        assertThat(wide.weightLimit()).isEqualTo(expected);
        wide.observeLimit(6000);
        assertThat(wide.weightLimit()).isEqualTo(budget);
    }

    /** An unknown limit is found by three refused calls, not by as many as can be in flight. */
    @Test
    void whatHasNotWorkedYetIsTriedByFewCallsAtOnce() {
        ExchangeGate wide = new ExchangeGate(new Budget(200, ofMinutes(1), 0.2), clock, clock);
        wide.awaitLimit();
        wide.limitUnknown();
        assertThat(entered(wide, 100)).isEqualTo(3);

        record(new Renewed(at(0)));
        assertThat(entered(wide, 100)).as("one has worked, two are under way").isEqualTo(1);
        while (!underWay.isEmpty()) {
            record(new Renewed(at(0)));
        }
        int all = 4;
        for (int round = 0; round < 24; round++) {
            all += entered(wide, 200);
            while (!underWay.isEmpty()) {
                record(new Renewed(at(0)));
            }
        }
        assertThat(all).as("and it grows").isEqualTo(200);
        clock.advance(ofMinutes(1));
        assertThat(entered(wide, 200)).as("as many as have worked before").isEqualTo(200);
    }

    @Test
    void anUrgentCallDoesNotWaitForWhatIsUnproven() {
        gate.awaitLimit();
        gate.limitUnknown();
        assertThat(entered(100)).isEqualTo(3);

        assertThat(enters(gate, Priority.URGENT, 0)).isTrue();
    }

    @Test
    void theNextRoomIsKeptForTheQuestionThatFoundNone() {
        entered(WEIGHT);
        clock.advanceTo(at(59));
        assertThat(enters(gate, Priority.LIMIT, 0)).isFalse();

        clock.advanceTo(at(60));
        assertThat(enters(gate, Priority.URGENT, 0)).isFalse();
        assertThat(enters(gate, Priority.LIMIT, 0)).isTrue();
        assertThat(entered(100)).isEqualTo(WEIGHT - 1);
    }

    @Test
    void roomIsKeptForAQuestionForSecondsOnly() {
        entered(WEIGHT);
        clock.advanceTo(at(57));
        assertThat(enters(gate, Priority.LIMIT, 0)).isFalse();

        clock.advanceTo(at(60));

        assertThat(entered(100)).isEqualTo(WEIGHT);
    }

    @Test
    void aQuestionForTheLimitThatFailsSaysNothingAboutTheOthers() {
        for (int i = 0; i < WEIGHT; i++) {
            assertThat(enters(gate, Priority.LIMIT, 0)).isTrue();
            assertThat(record(failed(Reason.UNREACHABLE))).isEmpty();
        }

        assertThat(gate.isAway()).isFalse();
    }

    // --- pauses that end early

    @Test
    void aPauseThatIsLiftedByHandIsOverAndOneCallGoesAlone() {
        enterAndLearn(paused(Reason.BANNED, at(86_400)));

        assertThat(gate.lift()).isEqualTo(new Pause(at(86_400), Reason.BANNED));

        assertThat(gate.closed()).isNull();
        assertThat(gate.lift()).isNull();
        assertThat(entered(100)).isEqualTo(1);
    }

    @Test
    void aProbeGoesThroughAPauseAloneAndItsSuccessLiftsIt() {
        enterAndLearn(paused(Reason.BANNED, at(86_400)));
        assertThat(enters(gate, Priority.LIMIT, 0)).isFalse();

        assertThat(enters(gate, Priority.PROBE, 0)).isTrue();
        assertThat(enters(gate, Priority.PROBE, 0)).isFalse();
        assertThat(enters(gate, Priority.URGENT, 0)).isFalse();
        assertThat(record(new Renewed(at(0))))
                .containsExactly(new FleetEvent.PauseLifted(new Pause(at(86_400), Reason.BANNED), false));

        assertThat(entered(100)).isEqualTo(2);
    }

    @Test
    void aProbeThatFailsLeavesThePauseAsItIs() {
        enterAndLearn(paused(Reason.BANNED, at(86_400)));
        assertThat(enters(gate, Priority.PROBE, 0)).isTrue();

        assertThat(record(failed(Reason.UNREACHABLE))).isEmpty();

        assertThat(gate.opensAt()).isEqualTo(at(86_400));
        assertThat(enters(gate, Priority.PROBE, 0)).isTrue();
    }

    // --- calls beside renewals

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
        assertThat(enters(gate, Priority.EARLY, 0)).isTrue();
        assertThat(enters(gate, Priority.EARLY, 9)).isFalse();
        assertThat(enters(gate, Priority.EARLY, 8)).isTrue();
        assertThat(enters(gate, Priority.EARLY, 0)).isFalse();
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

        assertThat(record(ban))
                .containsExactly(new FleetEvent.Paused(new Pause(at(600), Reason.BANNED), ban.failure()));
        assertThat(record(ban)).isEmpty();
        assertThat(record(paused(Reason.BLOCKED, at(60)))).isEmpty();
    }

    private int entered(int tries) {
        return entered(gate, tries);
    }

    private int entered(ExchangeGate through, int tries) {
        int entered = 0;
        for (int i = 0; i < tries; i++) {
            entered += enters(through, Priority.DUE, 0) ? 1 : 0;
        }
        return entered;
    }

    private void enterAndLearn(RenewalOutcome outcome) {
        assertThat(enters(gate, Priority.DUE, 0)).isTrue();
        record(outcome);
    }

    private boolean enters(ExchangeGate through, Priority priority, int reserve) {
        Permit permit = through.tryAcquire(priority, reserve);
        if (permit != null) {
            underWay.add(permit);
        }
        return permit != null;
    }

    /** What the call that is under way for longest comes to. */
    private List<FleetEvent> record(RenewalOutcome outcome) {
        return underWay.remove().settle(outcome);
    }
}
