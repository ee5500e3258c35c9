package dev.listenkeyd.app;

import dev.listenkeyd.budget.LimitWatch;
import dev.listenkeyd.renewal.RenewalEngine;
import dev.listenkeyd.telemetry.LoopWatch;
import io.quarkus.runtime.Application;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.quarkus.scheduler.Scheduler;
import jakarta.inject.Singleton;
import java.time.Duration;

/** Ticks the engine once a second, and between ticks has it make the calls that have become due. */
@Singleton
class RenewalLoop {
    /** How soon a call leaves that has become due, or for which weight has come back. */
    private static final Duration DISPATCH_EVERY = Duration.ofMillis(200);

    private final RenewalEngine engine;
    private final LimitWatch limitWatch;
    private final LoopWatch watch;
    private final Scheduler scheduler;
    private final Heartbeat heartbeat;

    /** For the heartbeat's thread alone. */
    private boolean begun;

    private volatile boolean stopped;

    RenewalLoop(
            RenewalEngine engine, LimitWatch limitWatch, LoopWatch watch, Scheduler scheduler, Heartbeat heartbeat) {
        this.engine = engine;
        this.limitWatch = limitWatch;
        this.watch = watch;
        this.scheduler = scheduler;
        this.heartbeat = heartbeat;
    }

    /**
     * Starts the loop as soon as the application has started, whatever it listens on: a start that fails makes no call, and in
     * the sandbox the exchange is this very process.
     *
     * @param onBegin runs when the loop begins
     */
    void start(Runnable onBegin) {
        heartbeat.every(DISPATCH_EVERY, "renewal loop", () -> dispatch(onBegin));
    }

    /** Dispatches nothing more; calls in flight go on. */
    void stop() {
        stopped = true;
        engine.stop();
    }

    /** Whether a call is in flight. It ends by its timeout at the latest, for which the container is still needed. */
    boolean isCalling() {
        return engine.inFlight() > 0 || limitWatch.isAsking();
    }

    @Scheduled(every = "1s", concurrentExecution = ConcurrentExecution.SKIP)
    synchronized void tick() {
        engine.tick();
        watch.ticked();
    }

    @Scheduled(every = "1s", concurrentExecution = ConcurrentExecution.SKIP)
    void learnLimit() {
        limitWatch.askWhenDue();
    }

    /** Also ticks when the scheduler doesn't: it goes by the wall clock, and stands still after that was set back. */
    private void dispatch(Runnable onBegin) {
        if (stopped) {
            return;
        }
        if (begun) {
            if (watch.isLate()) {
                tick();
            } else {
                engine.dispatch();
            }
            return;
        }
        Application application = Application.currentApplication();
        if (application != null && application.isStarted()) {
            begin();
            onBegin.run();
        }
    }

    private void begin() {
        try {
            limitWatch.askFirst();
        } finally {
            begun = true;
            scheduler.resume();
        }
    }
}
