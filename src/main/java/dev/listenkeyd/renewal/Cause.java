package dev.listenkeyd.renewal;

import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.lease.RenewalOutcome;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The cause of a change: a call to the exchange, or something else.
 *
 * @param outcome of the call; null without one
 * @param at when the change was made
 * @param lateness delay from the due time to the start of the attempt; null for its second call
 * @param took duration of the call; null without one
 * @param isCheck whether the call was a check between two renewals
 */
record Cause(
        @Nullable RenewalOutcome outcome,
        Instant at,
        @Nullable Duration lateness,
        @Nullable Duration took,
        boolean isCheck) {

    static Cause withoutCall(Instant at) {
        return new Cause(null, at, null, null, false);
    }

    RenewalEvent event(@Nullable Lease before, @Nullable Lease after) {
        return new RenewalEvent(before, outcome, after, at, lateness, took, isCheck);
    }
}
