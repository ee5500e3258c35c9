package dev.listenkeyd.sandbox;

import dev.listenkeyd.forecast.Forecast;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The exchange of the sandbox: keeps {@link ExchangeRules}, and fails as it is told. An API key is an account here. Thread-safe. */
@Singleton
final class SandboxExchange {
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static final int KEY_LENGTH = 64;
    private static final Reply LIMIT = Reply.limit(400);

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
    private final SecureRandom random;
    private final ExchangeRules rules;
    private final List<Trouble> troubles = new ArrayList<>();

    @Inject
    SandboxExchange(InstantSource clock, SecureRandom random, Forecast forecast) {
        this(clock, random, forecast.policy().ttl());
    }

    SandboxExchange(InstantSource clock, SecureRandom random, Duration ttl) {
        this.random = random;
        this.clock = clock;
        this.rules = new ExchangeRules(ttl, account -> newKey());
    }

    synchronized Reply post(String apiKey) {
        return Reply.named(rules.post(apiKey, clock.instant()));
    }

    synchronized Reply put(String apiKey) {
        return Reply.done(rules.put(apiKey, clock.instant()));
    }

    synchronized Reply delete(String apiKey) {
        return Reply.done(rules.delete(apiKey, clock.instant()));
    }

    /** The present content of this key's stream. */
    synchronized ExchangeRules.Stream stream(String listenKey) {
        return rules.stream(listenKey, clock.instant());
    }

    Reply limit() {
        return LIMIT;
    }

    /** Counts a call; returns the weight that all callers have used in this minute. */
    synchronized int count() {
        return rules.count(clock.instant());
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
        Instant now = clock.instant();
        rules.accounts().stream()
                .filter(account -> apiKey == null || apiKey.equals(account))
                .forEach(account -> {
                    if (fault == Fault.ROTATE_KEY) {
                        rules.replace(account, now);
                    } else {
                        rules.delete(account, now);
                    }
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

    /** The first fault in force for this account. */
    synchronized Optional<Trouble> trouble(String apiKey) {
        return troubles().stream().filter(trouble -> trouble.concerns(apiKey)).findFirst();
    }

    private String newKey() {
        StringBuilder key = new StringBuilder(KEY_LENGTH);
        for (int i = 0; i < KEY_LENGTH; i++) {
            key.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return key.toString();
    }
}
