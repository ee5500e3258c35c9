package dev.listenkeyd.accounts;

import dev.listenkeyd.accounts.AccountsPlan.Action;
import dev.listenkeyd.accounts.AccountsPlan.Kind;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.registration.Leases;
import dev.listenkeyd.registration.Registered;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
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

/**
 * Carries actions out, a bounded number at a time, and tries those again that fail, less and less often. The next one begins when
 * one ends. Nothing blocks. Thread-safe.
 */
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
    private final BiFunction<String, FolderChange, CompletionStage<Void>> onDone;
    /** By account, in the order in which they began. */
    private final Map<String, Attempt> attempts = new LinkedHashMap<>();
    /** Actions that are due, in order; all of them wait for a place. */
    private Deque<Action> waiting = new ArrayDeque<>();

    private int underWay;
    /** Whether a call of {@link #beginNext} goes on, which an action that ends at once must not enter again. */
    private boolean beginning;

    AccountActions(
            Leases leases, LongSupplier nanoTime, BiFunction<String, FolderChange, CompletionStage<Void>> onDone) {
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
    synchronized List<Action> ended() {
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

    /** Begins the actions in order, as places become free; forgets failed ones that are wanted no more. */
    synchronized void begin(List<Action> wanted) {
        Set<Action> all = new HashSet<>(wanted);
        attempts.values().removeIf(attempt -> attempt.underWay() == null && !all.contains(attempt.action()));
        long now = nanoTime.getAsLong();
        waiting = new ArrayDeque<>();
        for (Action action : wanted) {
            Attempt last = attempts.get(action.account());
            if (last == null || (last.underWay() == null && now - last.dueAt() >= 0)) {
                waiting.add(action);
            }
        }
        beginNext();
    }

    private synchronized void beginNext() {
        if (beginning) {
            return;
        }
        beginning = true;
        try {
            while (underWay < MOST_AT_ONCE && !waiting.isEmpty()) {
                begin(waiting.remove());
            }
        } finally {
            beginning = false;
        }
    }

    private void begin(Action action) {
        underWay++;
        Attempt last = attempts.get(action.account());
        int failures = last == null ? 0 : last.failures();
        String problem = last == null ? null : last.problem();
        CompletableFuture<?> started = started(action);
        attempts.put(action.account(), new Attempt(action, started, failures, nanoTime.getAsLong(), problem));
        CompletableFuture<?> unused = started.whenComplete((done, failure) -> endedOne());
    }

    private synchronized void endedOne() {
        underWay--;
        beginNext();
    }

    private CompletableFuture<?> started(Action action) {
        try {
            CompletionStage<FolderChange> stage = action.kind() == Kind.RELEASE
                    ? leases.release(action.account(), Leases.CONFIG_HOLDER, false)
                            .thenApply(released -> FolderChange.RELEASED)
                    : kept(action).thenApply(AccountActions::change);
            return stage.thenCompose(change -> onDone.apply(action.account(), change))
                    .toCompletableFuture();
        } catch (LeaseRefused e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static FolderChange change(Registered registered) {
        if (registered.replaced()) {
            return FolderChange.API_KEY_REPLACED;
        }
        return registered.created() ? FolderChange.CREATED : FolderChange.JOINED;
    }

    private CompletionStage<Registered> kept(Action action) {
        return action.apiKey() == null
                ? leases.keepConfigured(action.account())
                : leases.keepFromFolder(action.account(), action.apiKey(), action.kind() == Kind.REPLACE);
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

    /** The same for the same reason, so that a retry that fails again is no news; null when it only waits. */
    private static @Nullable String problem(Action action, Throwable failure) {
        if (!(failure instanceof LeaseRefused refused)) {
            return "internal error: " + failure.getClass().getName();
        }
        String old = action.kind() == Kind.REPLACE ? "; the API key in force stays" : "";
        return switch (refused.refusal()) {
            case CREDENTIALS_REFUSED -> "the exchange refuses the API key" + old;
            case UPSTREAM_UNAVAILABLE -> "the API key could not be tried yet" + old;
            case STORE_UNAVAILABLE -> "the store can't be written now";
            case PAUSED -> null;
            case API_KEY_DIFFERS ->
                "the account is registered with another API key, which stays in force; write that one into the file, or"
                        + " release the holders of the account";
            default -> refused.detail();
        };
    }

    /** Accounts whose action has not ended in success. */
    synchronized Set<String> unfinished() {
        return Set.copyOf(attempts.keySet());
    }

    /** Reasons of failed actions by account. */
    synchronized SortedMap<String, String> problems() {
        SortedMap<String, String> problems = new TreeMap<>();
        attempts.forEach((account, attempt) -> {
            if (attempt.problem() != null) {
                problems.put(account, attempt.problem());
            }
        });
        return problems;
    }
}
