package dev.listenkeyd.lease;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A listen key and the instants of its life.
 *
 * @param lastSuccessAt send time of the last successful call
 * @param confirmedAt send time of the last POST that named this key; null when none has
 * @param checkedAt send time of the last check that found the key alive; null when none has
 * @param expiresAt the deadline: send time of the last successful call + TTL, or the exchange's own when earlier
 */
public record ListenKey(
        Secret value,
        Instant lastSuccessAt,
        @Nullable Instant confirmedAt,
        @Nullable Instant checkedAt,
        Instant expiresAt) {

    /** A key that no check has seen. */
    public ListenKey(Secret value, Instant lastSuccessAt, @Nullable Instant confirmedAt, Instant expiresAt) {
        this(value, lastSuccessAt, confirmedAt, null, expiresAt);
    }

    public ListenKey checked(Instant at) {
        return new ListenKey(value, lastSuccessAt, confirmedAt, at, expiresAt);
    }

    /** The last instant at which this very key, not just any key of the account, is known to have lived. */
    public Instant knownAliveAt() {
        return confirmedAt == null ? lastSuccessAt : confirmedAt;
    }

    /** The key with all instants moved back, after the clock was set back. */
    ListenKey shiftBack(Duration by) {
        Instant confirmed = confirmedAt == null ? null : confirmedAt.minus(by);
        Instant checked = checkedAt == null ? null : checkedAt.minus(by);
        return new ListenKey(value, lastSuccessAt.minus(by), confirmed, checked, expiresAt.minus(by));
    }
}
