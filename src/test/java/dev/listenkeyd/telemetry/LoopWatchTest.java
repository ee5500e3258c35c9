package dev.listenkeyd.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LoopWatchTest {
    private long nanoTime = Long.MAX_VALUE - 5;

    @Test
    void aLoopIsDeadAfterTenSecondsWithoutATick() {
        LoopWatch watch = new LoopWatch(() -> nanoTime);
        assertThat(watch.isTicking()).isTrue();

        pass(Duration.ofSeconds(10).minusNanos(1));
        assertThat(watch.isTicking()).isTrue();
        pass(Duration.ofNanos(1));
        assertThat(watch.isTicking()).isFalse();

        watch.ticked();
        assertThat(watch.isTicking()).isTrue();
        pass(Duration.ofSeconds(9));
        watch.ticked();
        pass(Duration.ofSeconds(9));
        assertThat(watch.isTicking()).isTrue();
    }

    @Test
    void itIsReadyOnceTheLeasesAreRestored() {
        LoopWatch watch = new LoopWatch(() -> nanoTime);
        assertThat(watch.isRestored()).isFalse();

        watch.restored();

        assertThat(watch.isRestored()).isTrue();
    }

    @Test
    void itsGaugeSaysHowLongTheLoopIsStill() {
        LoopWatch watch = new LoopWatch(() -> nanoTime);
        CollectorRegistry registry = new CollectorRegistry();
        registry.register(watch.gauge());

        pass(Duration.ofMillis(2500));

        assertThat(registry.getSampleValue("listenkey_loop_still_seconds")).isEqualTo(2.5);
        watch.ticked();
        assertThat(registry.getSampleValue("listenkey_loop_still_seconds")).isZero();
    }

    private void pass(Duration time) {
        nanoTime += time.toNanos();
    }
}
