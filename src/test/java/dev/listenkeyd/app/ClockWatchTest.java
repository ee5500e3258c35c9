package dev.listenkeyd.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ClockWatchTest {
    private Instant wall = Instant.parse("2026-11-22T00:00:00Z");
    private long nanos = -5;
    private final ClockWatch watch = new ClockWatch(() -> wall, () -> nanos);

    @Test
    void clocksThatAgreeDoNotJump() {
        pass(1, 1);

        assertThat(watch.jump()).isZero();
    }

    @Test
    void whatNtpSmoothsOutIsNoJump() {
        pass(3, 1);

        assertThat(watch.jump()).isZero();
    }

    @Test
    void aMachineThatSleptJumpsForward() {
        pass(3601, 1);

        assertThat(watch.jump()).isEqualTo(Duration.ofHours(1));
    }

    @Test
    void aClockThatIsSetBackJumpsBackOnce() {
        pass(-599, 1);

        assertThat(watch.jump()).isEqualTo(Duration.ofMinutes(-10));

        pass(1, 1);
        assertThat(watch.jump()).isZero();
    }

    private void pass(long wallSeconds, long monotonicSeconds) {
        wall = wall.plusSeconds(wallSeconds);
        nanos += TimeUnit.SECONDS.toNanos(monotonicSeconds);
    }
}
