package dev.listenkeyd.app;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.telemetry.LogRecording;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HeartbeatTest {
    private static final Duration SHORT = Duration.ofMillis(1);

    private final LogRecording log = new LogRecording("listenkeyd");
    private final Heartbeat heartbeat = new Heartbeat();

    @AfterEach
    void stop() {
        heartbeat.stop();
        log.close();
    }

    @Test
    void aTaskThatFailsRunsAgain() throws Exception {
        CountDownLatch runs = new CountDownLatch(3);

        heartbeat.every(SHORT, "failing", () -> {
            runs.countDown();
            throw new IllegalStateException("planted");
        });

        assertThat(runs.await(30, SECONDS)).isTrue();
        assertThat(log.lines).first().asString().startsWith("ERROR failing: periodic task failed");
    }

    @Test
    void aTaskThatHangsStopsNoOther() throws Exception {
        CountDownLatch hanging = new CountDownLatch(1);
        CompletableFuture<Void> release = new CompletableFuture<>();
        CountDownLatch others = new CountDownLatch(3);

        heartbeat.every(SHORT, "hanging", () -> {
            hanging.countDown();
            release.join();
        });
        assertThat(hanging.await(30, SECONDS)).isTrue();
        heartbeat.every(SHORT, "other", others::countDown);

        assertThat(others.await(30, SECONDS)).isTrue();
        release.complete(null);
    }

    /** An interrupt could break a write of the renewal loop. */
    @Test
    void theStopEndsTheTaskButInterruptsNoRun() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        CompletableFuture<Thread> started = new CompletableFuture<>();
        CompletableFuture<Void> release = new CompletableFuture<>();
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        heartbeat.every(SHORT, "slow", () -> {
            runs.incrementAndGet();
            started.complete(Thread.currentThread());
            release.join();
            interrupted.complete(Thread.interrupted());
        });
        Thread thread = started.get(30, SECONDS);

        heartbeat.stop();
        release.complete(null);

        assertThat(interrupted.get(30, SECONDS)).isFalse();
        thread.join(30_000);
        assertThat(thread.isAlive()).isFalse();
        assertThat(runs).hasValue(1);
    }
}
