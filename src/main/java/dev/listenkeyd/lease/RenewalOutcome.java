package dev.listenkeyd.lease;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The outcome of one call to the exchange. */
public sealed interface RenewalOutcome {

    /**
     * A PUT succeeded: it extended the account's active key. The reply does not name the key.
     *
     * @param sentAt just before the request left; the key's life counts from here, not from the reply
     */
    record Renewed(Instant sentAt) implements RenewalOutcome {}

    /**
     * A POST succeeded: it extended or created a key; the reply names it.
     *
     * @param sentAt the instant before the request left
     * @param expiration the exchange's own deadline, null when the reply had none
     */
    record Confirmed(Instant sentAt, Secret key, @Nullable Instant expiration) implements RenewalOutcome {
        /** Whether the named deadline lies before the call: then the clocks differ, and it is ignored. */
        public boolean isExpirationOver() {
            return expiration != null && !expiration.isAfter(sentAt);
        }
    }

    /** The call failed, or its result is unknown; this concerns one account only. */
    record Failed(Failure failure) implements RenewalOutcome {}

    /** No call was made; its weight was returned. */
    record Skipped(Failure failure) implements RenewalOutcome {}

    /** The exchange orders this whole IP to pause until then. */
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
