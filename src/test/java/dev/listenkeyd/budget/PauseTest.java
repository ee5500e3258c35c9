package dev.listenkeyd.budget;

import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.Given.failed;
import static dev.listenkeyd.lease.Given.paused;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.Pause;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pauses that the exchange orders. */
class PauseTest extends GateFixture {

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
}
