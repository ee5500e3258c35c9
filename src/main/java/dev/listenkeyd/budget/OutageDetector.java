package dev.listenkeyd.budget;

import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.FleetEvent.ExchangeReachable;
import dev.listenkeyd.lease.FleetEvent.ExchangeUnreachable;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Notices that nothing usable comes back from the exchange any more, whoever calls. From then on calls are spaced so
 * that half of the budget is free when it returns: keys that waited are renewed at once instead of queueing behind
 * failures. Not thread-safe: {@link ExchangeGate} guards it.
 */
public final class OutageDetector {

    /** A row of failures this long is no accident of a few accounts. */
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

    /** Whether a call may leave now. {@code weight} per {@code window} is what all calls may use. */
    boolean permitsProbe(int weight, Duration window) {
        return !isAway() || nanoTime.getAsLong() - lastSlot >= gap(weight, window);
    }

    void called(int weight, Duration window) {
        long now = nanoTime.getAsLong();
        long gap = gap(weight, window);
        // Slots lie a gap apart, not a gap and a tick of the loop; one that was not used is caught up with, no more.
        lastSlot = isAway() ? Math.max(lastSlot + gap, now - gap) : now;
    }

    private static long gap(int weight, Duration window) {
        return window.toNanos() / Math.max(1, weight / SHARE_FOR_PROBES);
    }

    /**
     * @param failure what the call came to, null when it worked
     * @return null when nothing has changed for the fleet
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
