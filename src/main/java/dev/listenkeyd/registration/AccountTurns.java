package dev.listenkeyd.registration;

import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Serialises work by account: the next piece starts when the stage of the last one is complete. Nothing blocks. Thread-safe.
 */
final class AccountTurns {

    /** Most pieces of work that may wait for one account. */
    static final int MOST_WAITING = 64;

    /** Waiting work by account; an account without running work is absent. */
    private final Map<String, Deque<Runnable>> waiting = new HashMap<>();

    /**
     * Runs the work after all earlier work for the account.
     *
     * @throws LeaseRefused in the stage, also when too much work waits for the account
     */
    <T> CompletionStage<T> take(String account, Supplier<CompletionStage<T>> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Runnable turn = () -> begun(work).whenComplete((value, failure) -> {
            next(account);
            if (failure == null) {
                result.complete(value);
            } else {
                result.completeExceptionally(failure);
            }
        });
        synchronized (waiting) {
            Deque<Runnable> others = waiting.get(account);
            if (others != null) {
                if (others.size() >= MOST_WAITING) {
                    return CompletableFuture.failedFuture(new LeaseRefused(
                            Refusal.BUSY, "other calls for this account have not ended yet; try again"));
                }
                others.add(turn);
                return result;
            }
            waiting.put(account, new ArrayDeque<>());
        }
        turn.run();
        return result;
    }

    private static <T> CompletionStage<T> begun(Supplier<CompletionStage<T>> work) {
        try {
            return work.get();
        } catch (RuntimeException | Error e) {
            // Work that throws must not block the account for ever.
            return CompletableFuture.failedFuture(e);
        }
    }

    private void next(String account) {
        Runnable turn;
        synchronized (waiting) {
            Deque<Runnable> others = waiting.get(account);
            turn = others == null ? null : others.poll();
            if (turn == null) {
                waiting.remove(account);
            }
        }
        if (turn != null) {
            turn.run();
        }
    }
}
