package dev.listenkeyd.renewal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.FleetEvent.ClockJumped;
import dev.listenkeyd.lease.FleetEvent.LoopStalled;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClockWatchTest {
    private Instant wall = Instant.parse("2026-11-22T00:00:00Z");
    private long nanoTime = -5;
    private final ClockWatch watch = new ClockWatch(() -> wall, () -> nanoTime);

    @Test
    void clocksThatAgreeDoNotJump() {
        pass(1, 1);

        assertThat(watch.poll()).isEmpty();
    }

    @ParameterizedTest(name = "{0} s on the wall in {1} s")
    @CsvSource({"3, 1", "-1, 1", "4.999, 4.999"})
    void whatNtpSmoothsOutAndABusyMachineDelaysIsNothing(double wallSeconds, double monotonicSeconds) {
        pass(wallSeconds, monotonicSeconds);

        assertThat(watch.poll()).isEmpty();
    }

    @ParameterizedTest(name = "{0} s on the wall in {1} s: jumped {2} s")
    @CsvSource({"3601, 1, 3600", "3.001, 1, 2.001", "-1.001, 1, -2.001", "-599, 1, -600"})
    void aClockThatMovesAgainstTheOtherHasJumped(double wallSeconds, double monotonicSeconds, double jump) {
        pass(wallSeconds, monotonicSeconds);

        assertThat(watch.poll()).containsExactly(new ClockJumped(Duration.ofMillis(Math.round(jump * 1000))));
    }

    @Test
    void aJumpIsToldOnce() {
        pass(-599, 1);
        watch.poll();

        pass(1, 1);

        assertThat(watch.poll()).isEmpty();
    }

    @Test
    void aFrozenProcessHasStalledWithoutAJump() {
        pass(40, 40);

        assertThat(watch.poll()).containsExactly(new LoopStalled(Duration.ofSeconds(40)));
    }

    @Test
    void aStallBeginsWithExactlyFiveSeconds() {
        pass(5, 5);

        assertThat(watch.poll()).containsExactly(new LoopStalled(Duration.ofSeconds(5)));
    }

    private void pass(double wallSeconds, double monotonicSeconds) {
        wall = wall.plusMillis(Math.round(wallSeconds * 1000));
        nanoTime += Math.round(monotonicSeconds * 1000) * 1_000_000;
    }
}
