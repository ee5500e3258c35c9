package dev.listenkeyd.budget;

import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.Given.failed;
import static dev.listenkeyd.lease.Given.paused;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Other programs on the same IP, and the exchange's own limit. */
class SharedAddressTest extends GateFixture {

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
}
