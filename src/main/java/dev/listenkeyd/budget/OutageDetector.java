package dev.listenkeyd.budget;

import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.FleetEvent.ExchangeReachable;
import dev.listenkeyd.lease.FleetEvent.ExchangeUnreachable;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Detects that the exchange is unreachable, from failures in a row over all accounts. From then on calls are spaced so that half of the budget is free when the exchange returns, and waiting keys are renewed at once. Not thread-safe: {@link ExchangeGate} guards it.
 */
public final class OutageDetector {

    /** Failures in a row after which the exchange counts as unreachable. */
    public static final int AWAY_AFTER = 10;

    private static final int SHARE_FOR_PROBES = 2;

    private final LongSupplier nanoTime;
    private int consecutiveFailures;
    private long awaySince;
    private long lastSlot;

    OutageDetector(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    OutageDetector copy(LongSupplier otherNanoTime) {
        OutageDetector copy = new OutageDetector(otherNanoTime);
        copy.consecutiveFailures = consecutiveFailures;
        copy.awaySince = awaySince;
        copy.lastSlot = lastSlot;
        return copy;
    }

    boolean isAway() {
        return consecutiveFailures >= AWAY_AFTER;
    }

    /** Whether a call may leave now, given the weight that all calls may use per window. */
    boolean permitsProbe(int weight, Duration window) {
        return !isAway() || nanoTime.getAsLong() - lastSlot >= gap(weight, window);
    }

    void called(int weight, Duration window) {
        long now = nanoTime.getAsLong();
        long gap = gap(weight, window);
        // Slots lie one gap apart, independent of the ticks; at most one missed slot is caught up.
        lastSlot = isAway() ? Math.max(lastSlot + gap, now - gap) : now;
    }

    private static long gap(int weight, Duration window) {
        return window.toNanos() / Math.max(1, weight / SHARE_FOR_PROBES);
    }

    /**
     * @param failure null when the call succeeded
     * @return null when nothing has changed
     */
    @Nullable
    FleetEvent record(@Nullable Failure failure) {
        boolean wasAway = isAway();
        if (failure == null || !failure.reason().isNoAnswer()) {
            consecutiveFailures = 0;
            return wasAway ? new ExchangeReachable(Duration.ofNanos(nanoTime.getAsLong() - awaySince)) : null;
        }
        consecutiveFailures++;
        if (wasAway || !isAway()) {
            return null;
        }
        awaySince = nanoTime.getAsLong();
        return new ExchangeUnreachable(consecutiveFailures);
    }
}
