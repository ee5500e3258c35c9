package dev.listenkeyd.exchange;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the exchange itself knows: every call it got, and the life of every key it made. Thread-safe. */
public final class CallLedger {

    /**
     * A request as it came.
     *
     * @param source IP address that it came from
     * @param answeredAt when the answer was ready, null while it is not
     * @param status of the answer, 0 while there is none
     */
    public record Call(
            String method,
            String apiKey,
            String source,
            Instant at,
            @Nullable Instant answeredAt,
            int status) {
        public boolean succeeded() {
            return status == 200;
        }

        /** Whether the exchange was at it at some instant from the first to the second. */
        public boolean touches(Instant from, Instant to) {
            return !at.isAfter(to) && (answeredAt == null || !answeredAt.isBefore(from));
        }
    }

    /**
     * A key from the day it was made.
     *
     * @param account the API key, the first one where several are one account
     * @param expiresAt after its last extension
     * @param closedAt when somebody closed it, null when nobody has
     */
    public record Life(
            String account,
            String key,
            Instant madeAt,
            Instant expiresAt,
            @Nullable Instant closedAt) {
        /** Whether it died by then because nobody had extended it. */
        public boolean hasExpired(Instant by) {
            return closedAt == null && !by.isBefore(expiresAt);
        }
    }

    private final List<Call> calls = new ArrayList<>();
    private final Map<String, Life> lives = new LinkedHashMap<>();

    /** In the order in which they came. */
    public synchronized List<Call> calls() {
        return List.copyOf(calls);
    }

    public List<Call> callsSince(Instant start) {
        return calls().stream().filter(call -> !call.at().isBefore(start)).toList();
    }

    /** Every key there ever was, oldest first. */
    public synchronized List<Life> lives() {
        return List.copyOf(lives.values());
    }

    /** Keys of this account, oldest first. */
    public List<Life> livesOf(String account) {
        return lives().stream().filter(life -> life.account().equals(account)).toList();
    }

    /** Keys that have died by now because nobody extended them. */
    public List<Life> expired() {
        Instant now = Instant.now();
        return lives().stream().filter(life -> life.hasExpired(now)).toList();
    }

    /** Calls without an answer so far. */
    public List<Call> unanswered() {
        return calls().stream().filter(call -> call.answeredAt() == null).toList();
    }

    /** The number under which to tell its answer. */
    public synchronized int came(String method, String apiKey, String source) {
        calls.add(new Call(method, apiKey, source, Instant.now(), null, 0));
        return calls.size() - 1;
    }

    public synchronized void answered(int number, int status) {
        Call call = calls.get(number);
        calls.set(number, new Call(call.method(), call.apiKey(), call.source(), call.at(), Instant.now(), status));
    }

    public synchronized void extended(String account, String key, Instant now, Instant expiresAt) {
        Life known = lives.get(key);
        lives.put(key, new Life(account, key, known == null ? now : known.madeAt(), expiresAt, null));
    }

    public synchronized void closed(String key) {
        Instant now = Instant.now();
        lives.computeIfPresent(
                key,
                (name, life) -> life.hasExpired(now)
                        ? life
                        : new Life(life.account(), key, life.madeAt(), life.expiresAt(), now));
    }
}
