package dev.listenkeyd.lease;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What one attempt to call the exchange came to. */
public sealed interface RenewalOutcome {

    /**
     * A PUT succeeded: the account's active key was extended. It does not say which key that is.
     *
     * @param sentAt the instant before the request left: the lease counts from here, not from the reply
     */
    record Renewed(Instant sentAt) implements RenewalOutcome {}

    /**
     * A POST succeeded: it extended or created a key, and named it.
     *
     * @param sentAt the instant before the request left
     * @param expiration the exchange's own deadline, null when the reply had none
     */
    record Confirmed(Instant sentAt, Secret key, @Nullable Instant expiration) implements RenewalOutcome {
        /** Whether the deadline that was named had passed before the call was made: clocks differ, and it counts for nothing. */
        public boolean isExpirationOver() {
            return expiration != null && !expiration.isAfter(sentAt);
        }
    }

    /** The call failed, or its result is unknown; only this account is concerned. */
    record Failed(Failure failure) implements RenewalOutcome {}

    /** No call was made; its weight is free again. */
    record Skipped(Failure failure) implements RenewalOutcome {}

    /** The exchange asks this whole IP to be silent until then. */
    record Paused(Failure failure, Instant until) implements RenewalOutcome {}

    /** The failure, null after a success. */
    default @Nullable Failure failed() {
        if (this instanceof Failed failed) {
            return failed.failure();
        }
        if (this instanceof Skipped skipped) {
            return skipped.failure();
        }
        return this instanceof Paused paused ? paused.failure() : null;
    }
}
