package dev.listenkeyd.sandbox;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The exchange's rules for listen keys: an account has at most one active key, POST names and extends or makes it, PUT extends it
 * blindly, DELETE closes it, and a call costs one of the weight of its calendar minute. Every method takes the present as an argument.
 * Not thread-safe.
 */
public final class ExchangeRules {
    private static final int SECONDS_PER_MINUTE = 60;

    /** A key that was not closed; it is active before {@code expiresAt}. */
    public record IssuedKey(String value, Instant expiresAt) {
        public boolean isActive(Instant now) {
            return now.isBefore(expiresAt);
        }
    }

    private final Duration ttl;
    private final UnaryOperator<String> newKeys;
    private final Map<String, IssuedKey> keys = new HashMap<>();
    private long minute;
    private int usedWeight;

    /**
     * @param ttl a key's life after its last extension
     * @param newKeys makes a key for an account
     */
    public ExchangeRules(Duration ttl, UnaryOperator<String> newKeys) {
        this.ttl = ttl;
        this.newKeys = newKeys;
    }

    /** The active key, extended; a new one if there is none. */
    public IssuedKey post(String account, Instant now) {
        IssuedKey extended = put(account, now);
        return extended == null ? replace(account, now) : extended;
    }

    /** The active key, extended; null if there is none. */
    public @Nullable IssuedKey put(String account, Instant now) {
        IssuedKey active = active(account, now);
        if (active == null) {
            return null;
        }
        IssuedKey extended = new IssuedKey(active.value(), now.plus(ttl));
        keys.put(account, extended);
        return extended;
    }

    /** The active key, which is closed now; null if there is none. */
    public @Nullable IssuedKey delete(String account, Instant now) {
        IssuedKey active = active(account, now);
        keys.remove(account);
        return active;
    }

    /** Another program closes the key, if there is one, and makes a new one. */
    public IssuedKey replace(String account, Instant now) {
        IssuedKey made = new IssuedKey(newKeys.apply(account), now.plus(ttl));
        keys.put(account, made);
        return made;
    }

    /** This becomes the account's key. */
    public void set(String account, IssuedKey key) {
        keys.put(account, key);
    }

    public @Nullable IssuedKey active(String account, Instant now) {
        IssuedKey newest = newest(account);
        return newest != null && newest.isActive(now) ? newest : null;
    }

    /** The last key, active or expired; null if it was closed or there was none. */
    public @Nullable IssuedKey newest(String account) {
        return keys.get(account);
    }

    /** Accounts that have a key, active or expired. */
    public Set<String> accounts() {
        return Set.copyOf(keys.keySet());
    }

    /** Counts a call; returns the weight used in this calendar minute, that of the call included. */
    public int count(Instant now) {
        int before = usedWeight(now);
        usedWeight = before + 1;
        return usedWeight;
    }

    /** Weight used so far in this calendar minute. */
    public int usedWeight(Instant now) {
        long current = Math.floorDiv(now.getEpochSecond(), SECONDS_PER_MINUTE);
        if (current != minute) {
            minute = current;
            usedWeight = 0;
        }
        return usedWeight;
    }
}
