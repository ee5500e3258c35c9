package dev.listenkeyd.renewal;

import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.FleetEvent.RecreationResumed;
import dev.listenkeyd.lease.FleetEvent.RecreationThrottled;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Throttles recreation. When most keys are reported dead within minutes, the likely cause is the daemon's network or the exchange, not the keys: new keys are then requested one at a time until that works.
 * Not thread-safe: {@link Schedule} guards it.
 */
final class MassFailureGuard {

    /** Deaths further apart than this are unrelated. */
    static final Duration WINDOW = Duration.ofMinutes(5);

    /** Fewer dead accounts than this are never throttled: their recreation costs little weight. */
    static final int FEWEST = 10;

    /** Interval between recreations while throttled. */
    static final Duration TRICKLE = Duration.ofSeconds(5);

    /** Successful recreations in a row that end the throttling. */
    static final int SUCCESSES = 3;

    private static final int SHARE_OF_LEASES = 2;

    private final LongSupplier nanoTime;
    /** When each account's key was reported dead, oldest first. */
    private final Map<String, Long> deaths = new LinkedHashMap<>();

    private volatile boolean throttled;
    private long throttledSince;
    private long lastRecreation;
    private int successes;

    MassFailureGuard(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    boolean isThrottled() {
        return throttled;
    }

    /** Records that an account's key was reported dead before its deadline. {@code leases}: number of all leases. */
    @Nullable
    FleetEvent died(String account, int leases) {
        long now = nanoTime.getAsLong();
        deaths.remove(account);
        deaths.put(account, now);
        deaths.values().removeIf(at -> now - at > WINDOW.toNanos());
        if (throttled || deaths.size() < FEWEST || deaths.size() * SHARE_OF_LEASES <= leases) {
            return null;
        }
        throttled = true;
        throttledSince = now;
        lastRecreation = now - TRICKLE.toNanos();
        successes = 0;
        return new RecreationThrottled(deaths.size(), leases);
    }

    /** The account's lease has ended: it no longer counts. With the last one nothing is left to recreate. */
    void forget(String account) {
        throttled &= deaths.remove(account) == null || !deaths.isEmpty();
    }

    /** Records the result of a recreation. */
    @Nullable
    FleetEvent recreated(boolean succeeded) {
        successes = succeeded ? successes + 1 : 0;
        if (!throttled || successes < SUCCESSES) {
            return null;
        }
        throttled = false;
        deaths.clear();
        return new RecreationResumed(Duration.ofNanos(nanoTime.getAsLong() - throttledSince));
    }

    /** Time until the next recreation may leave. */
    Duration delay() {
        return throttled
                ? Duration.ofNanos(lastRecreation - nanoTime.getAsLong()).plus(TRICKLE)
                : Duration.ZERO;
    }

    /** Records that a recreation leaves. */
    void recreating() {
        lastRecreation = nanoTime.getAsLong();
    }
}
