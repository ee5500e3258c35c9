package dev.listenkeyd.renewal;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.FleetEvent.RecreationResumed;
import dev.listenkeyd.lease.FleetEvent.RecreationThrottled;
import dev.listenkeyd.lease.VirtualClock;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@NullUnmarked
class MassFailureGuardTest {
    private final VirtualClock clock = new VirtualClock();
    private final MassFailureGuard guard = new MassFailureGuard(clock);

    @ParameterizedTest(name = "{0} of {1} die: slowed {2}")
    @CsvSource({"9, 9, false", "10, 10, true", "10, 19, true", "10, 20, false", "50, 99, true", "50, 100, false"})
    void whenMostDieAtOnceRecreationIsSlowed(int dead, int leases, boolean throttled) {
        FleetEvent change = null;
        for (int i = 0; i < dead; i++) {
            assertThat(change).isNull();
            change = guard.died("a" + i, leases);
        }

        assertThat(guard.isThrottled()).isEqualTo(throttled);
        assertThat(change).isEqualTo(throttled ? new RecreationThrottled(dead, leases) : null);
    }

    @Test
    void oneAccountThatDiesAgainAndAgainIsNoMass() {
        for (int i = 0; i < 100; i++) {
            assertThat(guard.died("fought-over", 1)).isNull();
        }
    }

    @Test
    void deathsFarApartHaveNothingToDoWithEachOther() {
        for (int i = 0; i < 9; i++) {
            guard.died("a" + i, 10);
        }
        clock.advance(ofMinutes(5).plusMillis(1));

        assertThat(guard.died("a9", 10)).isNull();
        assertThat(guard.isThrottled()).isFalse();
    }

    @Test
    void whoHasNoLeaseAnyMoreIsNotCounted() {
        for (int i = 0; i < 9; i++) {
            guard.died("a" + i, 10);
        }

        guard.forget("a3");

        assertThat(guard.died("a9", 10)).isNull();
        assertThat(guard.died("a10", 10)).isEqualTo(new RecreationThrottled(10, 10));
    }

    @Test
    void whenAllDeadAccountsAreReleasedNothingIsThrottledAnyMore() {
        for (int i = 0; i < 10; i++) {
            guard.died("a" + i, 10);
        }
        guard.forget("somebody else");
        assertThat(guard.isThrottled()).isTrue();

        for (int i = 0; i < 10; i++) {
            guard.forget("a" + i);
        }

        assertThat(guard.isThrottled()).isFalse();
    }

    @Test
    void deathsOfTheSameFiveMinutesCountTogether() {
        for (int i = 0; i < 9; i++) {
            guard.died("a" + i, 10);
        }
        clock.advance(ofMinutes(5));

        assertThat(guard.died("a9", 10)).isEqualTo(new RecreationThrottled(10, 10));
    }

    @Test
    void whileSlowedOneRecreationLeavesEveryFiveSeconds() {
        assertThat(guard.delay()).isEqualTo(ZERO);
        slow();

        assertThat(guard.delay()).isEqualTo(ZERO);
        guard.recreating();
        assertThat(guard.delay()).isEqualTo(ofSeconds(5));
        clock.advance(ofMillis(4999));
        assertThat(guard.delay()).isEqualTo(ofMillis(1));
        clock.advance(ofMillis(1));
        assertThat(guard.delay()).isEqualTo(ZERO);
    }

    @Test
    void threeInARowThatWorkOpenItAgain() {
        slow();
        clock.advance(ofSeconds(30));

        assertThat(guard.recreated(true)).isNull();
        assertThat(guard.recreated(true)).isNull();
        assertThat(guard.recreated(false)).isNull();
        assertThat(guard.recreated(true)).isNull();
        assertThat(guard.recreated(true)).isNull();
        assertThat(guard.recreated(true)).isEqualTo(new RecreationResumed(ofSeconds(30)));

        assertThat(guard.isThrottled()).isFalse();
        guard.recreating();
        assertThat(guard.delay()).isEqualTo(ZERO);
    }

    @Test
    void successesOfOrdinaryTimesDoNotCount() {
        guard.recreated(true);
        guard.recreated(true);
        slow();

        assertThat(guard.recreated(true)).isNull();
    }

    @Test
    void afterItOpenedTheOldDeathsAreForgotten() {
        slow();
        for (int i = 0; i < MassFailureGuard.SUCCESSES; i++) {
            guard.recreated(true);
        }

        assertThat(guard.died("a0", 10)).isNull();
        assertThat(guard.isThrottled()).isFalse();
    }

    private void slow() {
        for (int i = 0; !guard.isThrottled(); i++) {
            guard.died("a" + i, 10);
        }
    }
}
