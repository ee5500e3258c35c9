package dev.listenkeyd.fleet;

import static dev.listenkeyd.lease.Given.call;
import static dev.listenkeyd.lease.Given.failed;
import static dev.listenkeyd.lease.Given.paused;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.budget.Budget;
import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import dev.listenkeyd.lease.VirtualClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a member says that it may call. */
class FleetWeightTest {
    private static final int WEIGHT = 200;

    private final VirtualClock clock = new VirtualClock();
    private final ExchangeGate gate = new ExchangeGate(new Budget(WEIGHT, ofMinutes(1), 0.2), clock, clock);
    private int due;
    private final FleetWeight weight = new FleetWeight(gate, most -> Math.min(most, due), clock, clock);

    @Test
    void allOfItFromTheStart() {
        assertThat(weight.now()).isEqualTo(WEIGHT);
    }

    @Test
    void nothingInABanAndLittleAfterwardsUntilItIsWholeAgain() {
        call(gate, paused(Reason.BANNED, clock.instant().plus(ofMinutes(2))));
        assertThat(weight.now()).isZero();

        for (int second = 0; second < 109; second++) {
            clock.advance(ofSeconds(1));
            assertThat(weight.now()).isZero();
        }
        clock.advance(ofSeconds(1));
        assertThat(weight.now()).isPositive().isLessThanOrEqualTo(WEIGHT / 10);

        int before = weight.now();
        for (Duration passed = Duration.ZERO;
                passed.compareTo(FleetWeight.RETURN) < 0;
                passed = passed.plusSeconds(1)) {
            clock.advance(ofSeconds(1));
            int now = weight.now();
            assertThat(now).isBetween(before, before + WEIGHT / 10);
            before = now;
        }
        assertThat(before).isEqualTo(WEIGHT);
    }

    @Test
    void aShortPauseChangesNothing() {
        call(gate, paused(Reason.THROTTLED, clock.instant().plus(FleetWeight.SHORT)));

        assertThat(weight.now()).isGreaterThan(0);
    }

    @Test
    void nothingOnceTheExchangeIsAwayForLonger() {
        while (!gate.isAway()) {
            call(gate, failed(Reason.UNREACHABLE));
            clock.advance(ofSeconds(1));
        }
        assertThat(weight.now()).isEqualTo(WEIGHT);

        clock.advance(FleetWeight.SHORT.minusSeconds(1));
        assertThat(weight.now()).isEqualTo(WEIGHT);

        clock.advance(ofSeconds(1));
        assertThat(weight.now()).isZero();

        call(gate, new Renewed(clock.instant()));
        assertThat(gate.isAway()).isFalse();
        assertThat(weight.now()).isBetween(1, WEIGHT / 10);
    }

    @Test
    void aTenthLessWithEachMinuteInWhichCallsAreLateDownToHalfAndAllOfItAgain() {
        due = WEIGHT;
        assertThat(after(ofMinutes(1))).isEqualTo(WEIGHT);
        assertThat(weight.isBehind()).isFalse();

        due = WEIGHT + 1;
        assertThat(weight.now()).isEqualTo(WEIGHT);
        assertThat(weight.isBehind()).isTrue();
        assertThat(after(ofMinutes(1))).isEqualTo(WEIGHT * 9 / 10);
        assertThat(after(ofMinutes(2))).isEqualTo(WEIGHT * 7 / 10);
        assertThat(after(ofMinutes(20))).isEqualTo(WEIGHT / 2);

        due = 0;
        assertThat(after(ofMinutes(1))).isEqualTo(WEIGHT * 7 / 10);
        assertThat(weight.isBehind()).isFalse();
        assertThat(after(ofSeconds(88))).isLessThan(WEIGHT);
        assertThat(after(ofSeconds(2))).isEqualTo(WEIGHT);
    }

    /** The weight after a time with a beat each second. */
    private int after(Duration time) {
        int now = 0;
        for (long second = 0; second < time.toSeconds(); second++) {
            clock.advance(ofSeconds(1));
            now = weight.now();
        }
        return now;
    }
}
