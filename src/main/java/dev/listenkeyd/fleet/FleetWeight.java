package dev.listenkeyd.fleet;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.lease.Pause;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How much this member may call, which decides its share of the leases: its request weight per window; nothing while it is paused,
 * banned or cut off from the exchange, and less for a while afterwards, so that its leases come back slowly. Not thread-safe.
 */
final class FleetWeight {

    /** Shorter pauses and outages move no leases: these wait longer between two renewals. */
    static final Duration SHORT = Duration.ofSeconds(10);

    /** How long after a pause or outage the weight grows until it is whole again. */
    static final Duration RETURN = Duration.ofMinutes(5);

    /** Part of the weight right after a pause. */
    private static final int FIRST_PART = 10;

    private final ExchangeGate gate;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    /** By monotonic time; null while the exchange can be reached. */
    private @Nullable Long awaySince;
    /** By monotonic time; null when the weight is whole. */
    private @Nullable Long returnedAt;

    FleetWeight(ExchangeGate gate, InstantSource clock, LongSupplier nanoTime) {
        this.gate = gate;
        this.clock = clock;
        this.nanoTime = nanoTime;
    }

    /** Call it with each beat. */
    int now() {
        long now = nanoTime.getAsLong();
        if (isPaused() || isAway(now)) {
            returnedAt = now;
            return 0;
        }
        long since = returnedAt == null ? Long.MAX_VALUE : now - returnedAt;
        if (since >= RETURN.toNanos()) {
            returnedAt = null;
            return gate.weightLimit();
        }
        long part = Math.max(RETURN.toNanos() / FIRST_PART, since);
        return (int) Math.max(1, gate.weightLimit() * part / RETURN.toNanos());
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
