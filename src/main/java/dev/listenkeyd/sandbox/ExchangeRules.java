package dev.listenkeyd.sandbox;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The exchange's rules for listen keys: an account has at most one active key, POST names and extends or makes it, PUT extends it
 * blindly, DELETE closes it, and a call costs one of the weight of its calendar minute. A stream carries events while its key is
 * the active one. Every method takes the present as an argument. Not thread-safe.
 */
public final class ExchangeRules {
    private static final int SECONDS_PER_MINUTE = 60;

    /** Most keys whose end is remembered. */
    private static final int MAX_ENDED = 10_000;

    /** A key that was not closed; it is active before {@code expiresAt}. */
    public record IssuedKey(String value, Instant expiresAt) {
        public boolean isActive(Instant now) {
            return now.isBefore(expiresAt);
        }
    }

    /** The content of a stream, by the key that its connection came with. */
    public enum Stream {
        /** The key is its account's active one. */
        EVENTS,
        /** The key expired or was closed. */
        EXPIRED,
        /** Another key took its place while it was active, or nobody ever had it. */
        SILENCE
    }

    private final Duration ttl;
    private final UnaryOperator<String> newKeys;
    private final Map<String, IssuedKey> keys = new HashMap<>();
    /** Keys that expired or were closed, and are no account's newest. */
    private final Set<String> ended = Collections.newSetFromMap(new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > MAX_ENDED;
        }
    });

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
        IssuedKey last = keys.remove(account);
        if (last != null) {
            ended.add(last.value());
        }
        return active;
    }

    /** Another program closes the key, if there is one, and makes a new one. */
    public IssuedKey replace(String account, Instant now) {
        IssuedKey last = newest(account);
        if (last != null && !last.isActive(now)) {
            ended.add(last.value());
        }
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

    /** The content of this key's stream. */
    public Stream stream(String key, Instant now) {
        if (ended.contains(key)) {
            return Stream.EXPIRED;
        }
        return keys.values().stream()
                .filter(issued -> issued.value().equals(key))
                .findAny()
                .map(issued -> issued.isActive(now) ? Stream.EVENTS : Stream.EXPIRED)
                .orElse(Stream.SILENCE);
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
