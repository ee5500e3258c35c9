package dev.listenkeyd.accounts;

import dev.listenkeyd.accounts.AccountsPlan.Action;
import dev.listenkeyd.accounts.AccountsPlan.Kind;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.registration.Leases;
import dev.listenkeyd.registration.Registered;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Carries actions out, a bounded number at a time, and tries those again that fail, less and less often. Nothing blocks. */
final class AccountActions {
    /** Most actions that are under way. A registration takes no call to the exchange with it; a replacement does. */
    static final int MOST_AT_ONCE = 100;

    static final Duration FIRST_RETRY = Duration.ofSeconds(2);
    static final Duration LAST_RETRY = Duration.ofMinutes(1);
    /** Each of these takes request weight, and only a person can change what follows. */
    static final Duration RETRY_REFUSED = Duration.ofMinutes(5);

    private static final int MOST_DOUBLINGS = 5;

    private final Leases leases;
    private final LongSupplier nanoTime;
    private final BiFunction<String, Kind, CompletionStage<Void>> onDone;
    /** By account, in the order in which they began. */
    private final Map<String, Attempt> attempts = new LinkedHashMap<>();

    AccountActions(Leases leases, LongSupplier nanoTime, BiFunction<String, Kind, CompletionStage<Void>> onDone) {
        this.leases = leases;
        this.nanoTime = nanoTime;
        this.onDone = onDone;
    }

    /**
     * @param underWay null while it waits for its next try
     * @param problem of the last try, null before its end
     */
    private record Attempt(
            Action action,
            @Nullable CompletableFuture<?> underWay,
            int failures,
            long dueAt,
            @Nullable String problem) {}

    /** Takes the results of actions that have ended since the last call; returns those that succeeded. */
    List<Action> ended() {
        List<Action> done = new ArrayList<>();
        for (Attempt attempt : List.copyOf(attempts.values())) {
            CompletableFuture<?> underWay = attempt.underWay();
            if (underWay != null && underWay.isDone()) {
                Throwable failure = failureOf(underWay);
                if (failure == null) {
                    attempts.remove(attempt.action().account());
                    done.add(attempt.action());
                } else {
                    attempts.put(attempt.action().account(), failed(attempt, failure));
                }
            }
        }
        return done;
    }

    /** Begins the actions in order; forgets failed ones that are wanted no more. */
    void begin(List<Action> wanted) {
        Set<Action> all = new HashSet<>(wanted);
        attempts.values().removeIf(attempt -> attempt.underWay() == null && !all.contains(attempt.action()));
        long now = nanoTime.getAsLong();
        long free = MOST_AT_ONCE
                - attempts.values().stream()
                        .filter(attempt -> attempt.underWay() != null)
                        .count();
        for (Action action : wanted) {
            Attempt last = attempts.get(action.account());
            boolean due = last == null || (last.underWay() == null && now - last.dueAt() >= 0);
            if (due && free > 0) {
                int failures = last == null ? 0 : last.failures();
                String problem = last == null ? null : last.problem();
                attempts.put(action.account(), new Attempt(action, started(action), failures, now, problem));
                free--;
            }
        }
    }

    private CompletableFuture<?> started(Action action) {
        try {
            CompletionStage<Kind> stage = action.kind() == Kind.RELEASE
                    ? leases.release(action.account(), Leases.CONFIG_HOLDER, false)
                            .thenApply(released -> Kind.RELEASE)
                    : kept(action).thenApply(registered -> registered.replaced() ? Kind.REPLACE : Kind.REGISTER);
            return stage.thenCompose(kind -> onDone.apply(action.account(), kind))
                    .toCompletableFuture();
        } catch (LeaseRefused e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private CompletionStage<Registered> kept(Action action) {
        return action.apiKey() == null
                ? leases.keepConfigured(action.account())
                : leases.keepFromFolder(action.account(), action.apiKey());
    }

    private static @Nullable Throwable failureOf(CompletableFuture<?> ended) {
        try {
            ended.join();
            return null;
        } catch (CompletionException e) {
            return e.getCause() == null ? e : e.getCause();
        }
    }

    private Attempt failed(Attempt attempt, Throwable failure) {
        boolean refused = failure instanceof LeaseRefused why && why.refusal() == Refusal.CREDENTIALS_REFUSED;
        Duration doubled = FIRST_RETRY.multipliedBy(1L << Math.min(attempt.failures(), MOST_DOUBLINGS));
        Duration pause = refused ? RETRY_REFUSED : doubled.compareTo(LAST_RETRY) > 0 ? LAST_RETRY : doubled;
        return new Attempt(
                attempt.action(),
                null,
                attempt.failures() + 1,
                nanoTime.getAsLong() + pause.toNanos(),
                problem(attempt.action(), failure));
    }

    /** The same for the same reason, so that a retry that fails again is no news. */
    private static String problem(Action action, Throwable failure) {
        if (!(failure instanceof LeaseRefused refused)) {
            return "internal error: " + failure.getClass().getName();
        }
        String old = action.kind() == Kind.REPLACE ? "; the API key in force stays" : "";
        return switch (refused.refusal()) {
            case CREDENTIALS_REFUSED -> "the exchange refuses the API key" + old;
            case UPSTREAM_UNAVAILABLE -> "the API key could not be tried yet" + old;
            case STORE_UNAVAILABLE -> "the store can't be written now";
            default -> refused.detail();
        };
    }

    /** Accounts whose action has not ended in success. */
    Set<String> unfinished() {
        return Set.copyOf(attempts.keySet());
    }

    /** Reasons of failed actions by account. */
    SortedMap<String, String> problems() {
        SortedMap<String, String> problems = new TreeMap<>();
        attempts.forEach((account, attempt) -> {
            if (attempt.problem() != null) {
                problems.put(account, attempt.problem());
            }
        });
        return problems;
    }
}
