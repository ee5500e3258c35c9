package dev.listenkeyd.telemetry;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.function.LongSupplier;

/** Knows whether the renewal loop ticks. */
@ApplicationScoped
public class LoopWatch {

    /** Without a tick for this long the loop counts as dead. */
    static final Duration STILL = Duration.ofSeconds(10);

    private static final Duration LATE = Duration.ofSeconds(3);

    private final LongSupplier nanoTime;
    private volatile long lastTick;
    private volatile boolean restored;

    /** A watch on the monotonic clock: a stepped wall clock is no dead loop. */
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

    /** The leases of the store are under care. */
    public void restored() {
        restored = true;
    }

    public boolean isRestored() {
        return restored;
    }

    /** Whether a tick should have come by now. */
    public boolean isLate() {
        return nanoTime.getAsLong() - lastTick > LATE.toNanos();
    }

    boolean isTicking() {
        return nanoTime.getAsLong() - lastTick < STILL.toNanos();
    }
}
