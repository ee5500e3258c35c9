package dev.listenkeyd.registration;

import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.lease.LeaseStore.NotOwnedException;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.renewal.WriteBehind;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Serialises work by account, so that two registrations can't both be the first: the next piece starts when the stage of the
 * last one is complete. Nothing blocks. Thread-safe.
 */
final class AccountTurns {

    /** Most pieces of work that may wait for one account. */
    static final int MOST_WAITING = 64;

    /** Waiting work by account; an account without running work is absent. */
    private final Map<String, Deque<Runnable>> waiting = new HashMap<>();

    private final BooleanSupplier storeIsStalled;
    private final OtherReplicas others;

    /** @param storeIsStalled whether work that needs the disk is refused at once */
    AccountTurns(BooleanSupplier storeIsStalled, OtherReplicas others) {
        this.storeIsStalled = storeIsStalled;
        this.others = others;
    }

    /**
     * Runs the work after all earlier work for the account, when this process owns the account's lease, if there is one.
     *
     * @return fails with {@link LeaseRefused} only: also when the store fails, or too much work waits for the account
     */
    <T> CompletionStage<T> take(String account, Supplier<CompletionStage<T>> work) {
        return takeInMemory(account, false, needingDisk(work));
    }

    /** As {@link #take}, for work that may add the account's lease. */
    <T> CompletionStage<T> takeToRegister(String account, Supplier<CompletionStage<T>> work) {
        return takeInMemory(account, true, needingDisk(work));
    }

    private <T> Supplier<CompletionStage<T>> needingDisk(Supplier<CompletionStage<T>> work) {
        return () -> storeIsStalled.getAsBoolean() ? CompletableFuture.failedFuture(storeUnavailable()) : work.get();
    }

    /**
     * As {@link #take}, for work that does not need the disk, also while the store hangs.
     *
     * @param register whether the work may add the account's lease
     */
    <T> CompletionStage<T> takeInMemory(String account, boolean register, Supplier<CompletionStage<T>> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Runnable turn = () -> started(() -> here(account, register, work)).whenComplete((value, failure) -> {
            startNext(account);
            if (failure == null) {
                result.complete(value);
            } else {
                Throwable cause = WriteBehind.causeOf(failure);
                result.completeExceptionally(cause instanceof StoreException ? storeUnavailable() : cause);
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

    /** Runs the work here; once more when another replica has taken the lease in between, since then nothing was written. */
    private <T> CompletionStage<T> here(String account, boolean register, Supplier<CompletionStage<T>> work) {
        Supplier<CompletionStage<T>> brought =
                () -> others.bringHere(account, register).thenCompose(here -> work.get());
        CompletionStage<CompletionStage<T>> tried = brought.get().handle((value, failure) -> {
            if (failure == null) {
                return CompletableFuture.completedStage(value);
            }
            Throwable cause = WriteBehind.causeOf(failure);
            return cause instanceof NotOwnedException ? brought.get() : CompletableFuture.failedStage(cause);
        });
        return tried.thenCompose(again -> again);
    }

    private static <T> CompletionStage<T> started(Supplier<CompletionStage<T>> work) {
        try {
            return work.get();
        } catch (RuntimeException | Error e) {
            // Work that throws must not block the account for ever.
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Fails with a refusal when the stage fails since the store can't be reached. */
    static <T> CompletionStage<T> refusing(CompletionStage<T> stage) {
        return stage.handle((value, failure) -> {
                    if (failure == null) {
                        return CompletableFuture.completedStage(value);
                    }
                    Throwable cause = WriteBehind.causeOf(failure);
                    return CompletableFuture.<T>failedStage(
                            cause instanceof StoreException ? storeUnavailable() : cause);
                })
                .thenCompose(done -> done);
    }

    private static LeaseRefused storeUnavailable() {
        return new LeaseRefused(
                Refusal.STORE_UNAVAILABLE, "the store can't be written now; nothing was changed, so try again later");
    }

    private void startNext(String account) {
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
