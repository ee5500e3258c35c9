package dev.listenkeyd.lease;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A listen key and the instants of its life, kept as {@link EpochNanos}; the methods that return them as {@link Instant} say
 * null where there is none.
 */
public record ListenKey(Secret value, long lastSuccessNanos, long confirmedNanos, long checkedNanos, long expiryNanos) {

    /**
     * @param lastSuccessAt send time of the last successful call
     * @param confirmedAt send time of the last POST that named this key; null when none has
     * @param checkedAt send time of the last check that found the key alive; null when none has
     * @param expiresAt the deadline: send time of the last successful call + TTL, or the exchange's own when earlier
     */
    public ListenKey(
            Secret value,
            Instant lastSuccessAt,
            @Nullable Instant confirmedAt,
            @Nullable Instant checkedAt,
            Instant expiresAt) {
        this(
                value,
                EpochNanos.of(lastSuccessAt),
                EpochNanos.ofNullable(confirmedAt),
                EpochNanos.ofNullable(checkedAt),
                EpochNanos.of(expiresAt));
    }

    /** A key that no check has seen. */
    public ListenKey(Secret value, Instant lastSuccessAt, @Nullable Instant confirmedAt, Instant expiresAt) {
        this(value, lastSuccessAt, confirmedAt, null, expiresAt);
    }

    public Instant lastSuccessAt() {
        return EpochNanos.instant(lastSuccessNanos);
    }

    public @Nullable Instant confirmedAt() {
        return EpochNanos.nullable(confirmedNanos);
    }

    public @Nullable Instant checkedAt() {
        return EpochNanos.nullable(checkedNanos);
    }

    public Instant expiresAt() {
        return EpochNanos.instant(expiryNanos);
    }

    public ListenKey checked(Instant at) {
        return new ListenKey(value, lastSuccessNanos, confirmedNanos, EpochNanos.of(at), expiryNanos);
    }

    /** The last instant at which this very key, not just any key of the account, is known to have lived. */
    public Instant knownAliveAt() {
        Instant confirmedAt = confirmedAt();
        return confirmedAt == null ? lastSuccessAt() : confirmedAt;
    }

    /** The key with all instants moved back, after the clock was set back. */
    ListenKey shiftBack(Duration by) {
        Instant confirmedAt = confirmedAt();
        Instant checkedAt = checkedAt();
        return new ListenKey(
                value,
                lastSuccessAt().minus(by),
                confirmedAt == null ? null : confirmedAt.minus(by),
                checkedAt == null ? null : checkedAt.minus(by),
                expiresAt().minus(by));
    }
}
