package dev.listenkeyd.lease;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A listen key and what is known of its life.
 *
 * @param lastSuccessAt send time of the last successful call
 * @param confirmedAt send time of the last POST that named this very key; null for one never confirmed
 * @param expiresAt the deadline: send time of the last successful call + TTL, or the exchange's own when earlier
 */
public record ListenKey(
        Secret value, Instant lastSuccessAt, @Nullable Instant confirmedAt, Instant expiresAt) {

    /** The last instant at which this key, and not merely some key of the account, is known to have lived. */
    public Instant knownAliveAt() {
        return confirmedAt == null ? lastSuccessAt : confirmedAt;
    }

    /** The same instants as a clock tells them that has been set back. */
    ListenKey shiftBack(Duration by) {
        Instant confirmed = confirmedAt == null ? null : confirmedAt.minus(by);
        return new ListenKey(value, lastSuccessAt.minus(by), confirmed, expiresAt.minus(by));
    }
}
