package dev.listenkeyd.fleet;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.lease.Pause;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.IntUnaryOperator;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How much this member may call, which decides its share of the leases: its request weight per window; nothing while it is paused,
 * banned or cut off from the exchange, and less for a while afterwards, so that its leases come back slowly; less and less, down to
 * half, while more calls are due than leave in a window. Not thread-safe.
 */
final class FleetWeight {

    /** Shorter pauses and outages move no leases: these wait longer between two renewals. */
    static final Duration SHORT = Duration.ofSeconds(10);

    /** How long after a pause or outage the weight grows until it is whole again. */
    static final Duration RETURN = Duration.ofMinutes(5);

    /** Missing to {@link #RETURN} right after a pause or outage. */
    private static final Duration FIRST_GAP = RETURN.multipliedBy(9).dividedBy(10);

    /** Half of the weight: when all members are late, all come to this, and nothing moves. */
    private static final Duration MOST_LATENESS = RETURN.dividedBy(2);

    /**
     * A member that is late loses a tenth of its weight in a minute, and gains two when it is not. Leases that have just moved need their
     * time: a faster change would send them to and fro.
     */
    private static final int LATE_SLOWNESS = 2;

    private final ExchangeGate gate;
    private final IntUnaryOperator callsDue;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    /** By monotonic time; null while the exchange can be reached. */
    private @Nullable Long awaySince;
    /** When the weight is whole again, by monotonic time. */
    private long wholeAt;

    /** Part of {@link #RETURN} that is missing since more calls are due than leave in a window. */
    private long lateness;

    private long lastBeat;
    private boolean behind;

    /** @param callsDue calls that are due now, counted up to its argument */
    FleetWeight(ExchangeGate gate, IntUnaryOperator callsDue, InstantSource clock, LongSupplier nanoTime) {
        this.gate = gate;
        this.callsDue = callsDue;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.wholeAt = nanoTime.getAsLong();
        this.lastBeat = wholeAt;
    }

    /** Call it with each beat. */
    int now() {
        long now = nanoTime.getAsLong();
        int limit = gate.weightLimit();
        boolean silent = isPaused() || isAway(now);
        boolean late = !silent && callsDue.applyAsInt(limit + 1) > limit;
        long passed = now - lastBeat;
        lastBeat = now;
        lateness = Math.max(0, Math.min(MOST_LATENESS.toNanos(), lateness + (late ? passed / LATE_SLOWNESS : -passed)));
        wholeAt = silent ? now + RETURN.toNanos() : wholeAt;
        behind = silent || late;
        Duration missing = Duration.ofNanos(Math.max(lateness, Math.min(FIRST_GAP.toNanos(), wholeAt - now)));
        // Rounded up: a small weight would move many leases for a few calls that are late.
        long whole = RETURN.toMillis();
        return silent ? 0 : (int) ((limit * (whole - missing.toMillis()) + whole - 1) / whole);
    }

    /** Whether it can't make all calls that are due in time, as of the last beat. */
    boolean isBehind() {
        return behind;
    }

    private boolean isPaused() {
        Pause pause = gate.closed();
        return pause != null && pause.until().isAfter(clock.instant().plus(SHORT));
    }

    private boolean isAway(long now) {
        awaySince = !gate.isAway() ? null : awaySince == null ? Long.valueOf(now) : awaySince;
        return awaySince != null && now - awaySince >= SHORT.toNanos();
    }
}
