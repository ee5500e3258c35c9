package dev.listenkeyd.notify.sink;

import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.Secret;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The facts that a file tells of an account.
 *
 * @param generation of the newest key, alive or lost; 0 without a lease
 * @param live null when there is no live key
 */
public record KeyState(
        String account, int generation, @Nullable LiveKey live) {

    /** @param expiresAt the deadline */
    public record LiveKey(Secret value, Instant expiresAt) {}

    /** The deadline in a file is at most this part of the TTL too early: a quarter. */
    static final int LARGEST_LAG = 4;

    /** @param lease null when the account has none */
    static KeyState of(String account, @Nullable Lease lease, Instant now) {
        if (lease == null) {
            return new KeyState(account, 0, null);
        }
        ListenKey key = lease.liveKey(now);
        return new KeyState(
                account, lease.generation(), key == null ? null : new LiveKey(key.value(), key.expiresAt()));
    }

    /**
     * Whether a file that tells the older state must be written anew. A deadline that has moved on is no reason until a quarter of
     * the TTL is over, so that checks do not cause a write each; an earlier deadline always is one.
     */
    boolean outdates(KeyState older, Instant now, Duration ttl) {
        if (live == null || older.live == null) {
            return !equals(older);
        }
        Instant told = older.live.expiresAt();
        boolean isRunningOut = told.isBefore(now.plus(ttl).minus(ttl.dividedBy(LARGEST_LAG)));
        return generation != older.generation
                || !live.value().equals(older.live.value())
                || live.expiresAt().isBefore(told)
                || (live.expiresAt().isAfter(told) && isRunningOut);
    }
}
