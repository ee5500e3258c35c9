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
 * banned or cut off from the exchange, a part of it while more calls are due than leave in a window, and less for a while afterwards,
 * so that its leases come back slowly. Not thread-safe.
 */
final class FleetWeight {

    /** Shorter pauses and outages move no leases: these wait longer between two renewals. */
    static final Duration SHORT = Duration.ofSeconds(10);

    /** How long after a pause or outage the weight grows until it is whole again. */
    static final Duration RETURN = Duration.ofMinutes(5);

    /** The least part of the weight while this member may call at all. */
    private static final int FIRST_PART = 10;

    private final ExchangeGate gate;
    private final IntUnaryOperator callsDue;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    /** By monotonic time; null while the exchange can be reached. */
    private @Nullable Long awaySince;
    /** When the weight is whole again, by monotonic time. */
    private long wholeAt;

    private boolean behind;

    /** @param callsDue calls that are due now, counted up to its argument */
    FleetWeight(ExchangeGate gate, IntUnaryOperator callsDue, InstantSource clock, LongSupplier nanoTime) {
        this.gate = gate;
        this.callsDue = callsDue;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.wholeAt = nanoTime.getAsLong();
    }

    /**
     * Call it with each beat.
     *
     * @param leases that this member owns
     */
    int now(int leases) {
        long now = nanoTime.getAsLong();
        int limit = gate.weightLimit();
        boolean silent = isPaused() || isAway(now);
        double part = silent ? 0 : partInTime(limit, leases);
        behind = part < 1;
        long missing = (long) ((1 - part) * RETURN.toNanos());
        wholeAt = wholeAt - now > missing ? wholeAt : now + missing;
        long left = Math.min(RETURN.toNanos() - RETURN.toNanos() / FIRST_PART, wholeAt - now);
        long grown = RETURN.toNanos() - Math.max(0, left);
        // Rounded up: a small weight would move many leases for a few calls that are late.
        return silent ? 0 : (int) ((limit * grown + RETURN.toNanos() - 1) / RETURN.toNanos());
    }

    /** Whether it could not make all calls that were due with the last beat. */
    boolean isBehind() {
        return behind;
    }

    /** The part of its leases that it can call for in time: those that are due and don't leave within a window are too many. */
    private double partInTime(int limit, int leases) {
        int late = Math.max(0, callsDue.applyAsInt(leases) - limit);
        return leases == 0 ? 1 : (double) (leases - late) / leases;
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
