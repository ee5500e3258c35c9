package dev.listenkeyd.fleet;

import java.time.Duration;
import java.util.OptionalInt;
import java.util.function.LongSupplier;

/** How many leases without an owner this member takes over with a beat. Not thread-safe. */
final class TakeoverLimit {

    /** Leases taken over by one transaction, so that others get some meanwhile. */
    static final int TAKEN_AT_ONCE = 1000;

    /** Part of the TTL after which the rest of a takeover waits for the next beat, which must not be late. */
    private static final int TTL_SHARE = 10;

    /** Beats that unowned leases wait for the members whose share they are; then any member takes them. */
    static final int PATIENT_BEATS = 5;

    /** Beats between two looks for deliveries that no live member makes. */
    private static final int DELIVERIES_EVERY = 10;

    private final LongSupplier nanoTime;
    private final Duration ttl;
    /** By monotonic time. */
    private long notBefore;

    /** Of the beat. */
    private long begun;

    private int unownedBeats;
    private int beats;

    /** @param ttl how long a membership lasts after a beat */
    TakeoverLimit(LongSupplier nanoTime, Duration ttl) {
        this.nanoTime = nanoTime;
        this.ttl = ttl;
        this.notBefore = nanoTime.getAsLong();
    }

    /**
     * The store was away, or this member stood still. For a TTL it takes nothing over: the store may have been away for the others, too,
     * and what they have renewed meanwhile is not on record yet.
     */
    void storeWasAway() {
        notBefore = nanoTime.getAsLong() + ttl.toNanos();
    }

    /**
     * Call it once with each beat.
     *
     * @param unowned leases without a live owner
     * @param room leases that are missing to this member's share
     * @param fewer whether a member has gone since the last beat
     * @return how many, {@link #TAKEN_AT_ONCE} at a time while {@link #isTimeLeft}; 0 for none, but deliveries that no live member
     *     makes; empty for nothing at all
     */
    OptionalInt next(int unowned, int room, boolean fewer) {
        unownedBeats = unowned == 0 ? 0 : unownedBeats + 1;
        int patient = unownedBeats > PATIENT_BEATS ? TAKEN_AT_ONCE : 0;
        int most = Math.min(unowned, Math.max(patient, room));
        boolean look = fewer || ++beats % DELIVERIES_EVERY == 0;
        begun = nanoTime.getAsLong();
        return begun - notBefore < 0 || (most <= 0 && !look) ? OptionalInt.empty() : OptionalInt.of(Math.max(0, most));
    }

    /** Whether the beat may go on to take over leases. */
    boolean isTimeLeft() {
        return nanoTime.getAsLong() - begun < ttl.toNanos() / TTL_SHARE;
    }
}
