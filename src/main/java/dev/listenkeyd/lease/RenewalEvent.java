package dev.listenkeyd.lease;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A change of one lease, or a call for it: all that observers see.
 *
 * @param before null when the lease was just registered
 * @param outcome of the call, null when none was made
 * @param after null when the lease ended
 * @param lateness delay from the due time to the start of the attempt; null for the second call of an attempt and without an attempt
 * @param took duration of the call, null when none was made
 */
public record RenewalEvent(
        @Nullable Lease before,
        @Nullable RenewalOutcome outcome,
        @Nullable Lease after,
        Instant at,
        @Nullable Duration lateness,
        @Nullable Duration took) {

    /** The lease concerned, as it is now or was last. */
    public Lease lease() {
        Lease lease = after == null ? before : after;
        if (lease == null) {
            throw new IllegalStateException("an event without a lease");
        }
        return lease;
    }

    /** Whether this event is where the key was lost. */
    public boolean isLoss() {
        return after != null
                && before != null
                && after.lastLoss() != null
                && isNewLoss(after.lastLoss(), before.lastLoss());
    }

    /** Whether the key string changed, the first key aside. */
    public boolean isRotation() {
        return before != null && after != null && before.generation() > 0 && after.generation() > before.generation();
    }

    private static boolean isNewLoss(Loss now, @Nullable Loss earlier) {
        return earlier == null || earlier.seq() != now.seq();
    }
}
