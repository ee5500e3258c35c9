package dev.listenkeyd.telemetry;

import io.prometheus.client.Collector;
import io.prometheus.client.Gauge;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.function.LongSupplier;

/** Watches whether the renewal loop ticks. */
@ApplicationScoped
public class LoopWatch {

    /** Without a tick for this long the loop counts as dead. */
    static final Duration STILL = Duration.ofSeconds(10);

    private static final Duration LATE = Duration.ofSeconds(3);

    private final LongSupplier nanoTime;
    private volatile long lastTick;
    private volatile boolean restored;

    /** Uses the monotonic clock: a stepped wall clock must not look like a dead loop. */
    public LoopWatch() {
        this(System::nanoTime);
    }

    LoopWatch(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.lastTick = nanoTime.getAsLong();
    }

    public void ticked() {
        lastTick = nanoTime.getAsLong();
    }

    /** The stored leases are being renewed. */
    public void restored() {
        restored = true;
    }

    public boolean isRestored() {
        return restored;
    }

    /** Whether a tick should have come by now. */
    public boolean isLate() {
        return sinceTick() > LATE.toNanos();
    }

    boolean isTicking() {
        return sinceTick() < STILL.toNanos();
    }

    /** An age, not an instant: an instant would be wrong once either clock is set. */
    public Collector gauge() {
        return Gauge.build("listenkey_loop_still_seconds", "Time since the renewal loop ticked last")
                .create()
                .setChild(new Gauge.Child() {
                    @Override
                    public double get() {
                        return sinceTick() / 1e9;
                    }
                });
    }

    private long sinceTick() {
        return nanoTime.getAsLong() - lastTick;
    }
}
