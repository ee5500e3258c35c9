package dev.listenkeyd.sandbox;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The exchange's rules for listen keys: one active key an account, POST names or makes it, PUT extends it blindly, DELETE
 * closes it, and each lives for the TTL. An API key is an account here. Thread-safe.
 */
final class SandboxExchange {
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static final int KEY_LENGTH = 64;
    private static final String NO_KEY = "{\"code\":-1125,\"msg\":\"This listenKey does not exist.\"}";

    private static final String LIMITS =
            "{\"rateLimits\":[{\"rateLimitType\":\"REQUEST_WEIGHT\",\"interval\":\"MINUTE\",\"intervalNum\":1,\"limit\":400}]}";

    /** The stand-in's answer. {@code usedWeight}: of all callers in this minute. */
    record Answer(int status, String body, int usedWeight) {}

    private record Key(String value, Instant expiresAt) {}

    /**
     * A fault in force.
     *
     * @param account the account concerned, null for all
     */
    record Trouble(
            Fault fault, @Nullable String account, @Nullable String apiKey, Instant until) {
        private boolean concerns(String key) {
            return apiKey == null || apiKey.equals(key);
        }
    }

    private final InstantSource clock;
    private final Duration ttl;
    private final SecureRandom random;
    private final Map<String, Key> keys = new HashMap<>();
    private final List<Trouble> troubles = new ArrayList<>();
    private Instant minute = Instant.EPOCH;
    private int usedWeight;

    SandboxExchange(InstantSource clock, SecureRandom random, Duration ttl) {
        this.random = random;
        this.clock = clock;
        this.ttl = ttl;
    }

    synchronized Answer post(String apiKey) {
        Key active = active(apiKey);
        Key extended = new Key(
                active == null ? newKey() : active.value(), clock.instant().plus(ttl));
        keys.put(apiKey, extended);
        return answer(
                200,
                "{\"listenKey\":\"" + extended.value() + "\",\"expiration\":"
                        + extended.expiresAt().toEpochMilli() + "}");
    }

    synchronized Answer put(String apiKey) {
        Key active = active(apiKey);
        if (active == null) {
            return answer(400, NO_KEY);
        }
        keys.put(apiKey, new Key(active.value(), clock.instant().plus(ttl)));
        return answer(200, "{}");
    }

    synchronized Answer delete(String apiKey) {
        Key active = active(apiKey);
        keys.remove(apiKey);
        return active == null ? answer(400, NO_KEY) : answer(200, "{}");
    }

    synchronized Answer limits() {
        return answer(200, LIMITS);
    }

    /** Starts a fault beside the others; the same one of the same account is replaced. */
    synchronized Trouble start(Fault fault, @Nullable String account, @Nullable String apiKey, Duration length) {
        Trouble started = new Trouble(fault, account, apiKey, clock.instant().plus(length));
        troubles.removeIf(known -> known.fault() == fault && Objects.equals(known.account(), account));
        troubles.add(started);
        return started;
    }

    /** Does what is done once to the key of this account, null for all. */
    synchronized void doOnce(Fault fault, @Nullable String apiKey) {
        keys.replaceAll((account, key) -> {
            boolean concerned = apiKey == null || apiKey.equals(account);
            Instant expiresAt = fault == Fault.ROTATE_KEY ? clock.instant().plus(ttl) : Instant.EPOCH;
            return concerned ? new Key(newKey(), expiresAt) : key;
        });
    }

    /** The faults in force, those first that hide the others. */
    synchronized List<Trouble> troubles() {
        Instant now = clock.instant();
        troubles.removeIf(trouble -> !now.isBefore(trouble.until()));
        return troubles.stream().sorted(Comparator.comparing(Trouble::fault)).toList();
    }

    synchronized void endTroubles() {
        troubles.clear();
    }

    /** What this account meets. */
    synchronized Optional<Trouble> trouble(String apiKey) {
        return troubles().stream().filter(trouble -> trouble.concerns(apiKey)).findFirst();
    }

    private Answer answer(int status, String body) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MINUTES);
        usedWeight = now.equals(minute) ? usedWeight + 1 : 1;
        minute = now;
        return new Answer(status, body, usedWeight);
    }

    private @Nullable Key active(String apiKey) {
        Key key = keys.get(apiKey);
        return key != null && clock.instant().isBefore(key.expiresAt()) ? key : null;
    }

    private String newKey() {
        StringBuilder key = new StringBuilder(KEY_LENGTH);
        for (int i = 0; i < KEY_LENGTH; i++) {
            key.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return key.toString();
    }
}
