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
 * Keeps recreation from becoming a flood. When most keys are reported dead within minutes, the likely cause is us (wrong
 * host, wrong way out) or the exchange, not the keys: from then on new ones are made one by one, until that works.
 * Not thread-safe: {@link Schedule} guards it.
 */
final class MassFailureGuard {

    /** Deaths this far apart have nothing to do with each other. */
    static final Duration WINDOW = Duration.ofMinutes(5);

    /** Fewer dead accounts than this are no mass: all of them at once cost no more than a moment's weight. */
    static final int FEWEST = 10;

    /** While slowed, one recreation leaves per this time. */
    static final Duration TRICKLE = Duration.ofSeconds(5);

    /** So many recreations in a row that work show that the way is right. */
    static final int SUCCESSES = 3;

    private static final int SHARE_OF_LEASES = 2;

    private final LongSupplier nanoTime;
    /** When each account's key was reported dead, oldest first. */
    private final Map<String, Long> deaths = new LinkedHashMap<>();

    private volatile boolean slowed;
    private long slowedSince;
    private long lastRecreation;
    private int successes;

    MassFailureGuard(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    boolean isSlowed() {
        return slowed;
    }

    /** An account's key was reported dead before its deadline. {@code leases}: how many there are in all. */
    @Nullable
    FleetEvent died(String account, int leases) {
        long now = nanoTime.getAsLong();
        deaths.remove(account);
        deaths.put(account, now);
        deaths.values().removeIf(at -> now - at > WINDOW.toNanos());
        if (slowed || deaths.size() < FEWEST || deaths.size() * SHARE_OF_LEASES <= leases) {
            return null;
        }
        slowed = true;
        slowedSince = now;
        lastRecreation = now - TRICKLE.toNanos();
        successes = 0;
        return new RecreationThrottled(deaths.size(), leases);
    }

    /** The account has no lease any more: it is none of those that are counted. */
    void forget(String account) {
        deaths.remove(account);
    }

    /** A recreation has come to this. */
    @Nullable
    FleetEvent recreated(boolean succeeded) {
        successes = succeeded ? successes + 1 : 0;
        if (!slowed || successes < SUCCESSES) {
            return null;
        }
        slowed = false;
        deaths.clear();
        return new RecreationResumed(Duration.ofNanos(nanoTime.getAsLong() - slowedSince));
    }

    /** How long the next recreation has to wait. */
    Duration delay() {
        return slowed ? Duration.ofNanos(lastRecreation - nanoTime.getAsLong()).plus(TRICKLE) : Duration.ZERO;
    }

    /** A recreation leaves. */
    void recreating() {
        lastRecreation = nanoTime.getAsLong();
    }
}
