package dev.listenkeyd.notify;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/** Callers that wait for a change of a lease. No thread waits with them. Thread-safe. */
public final class ChangeWaiters {

    private record Waiter(BooleanSupplier isThere, CompletableFuture<Void> over) {
        void look() {
            if (isThere.getAsBoolean()) {
                over.complete(null);
            }
        }
    }

    /** Callers that wait at the same time; further ones do not wait. */
    static final int MOST = 10_000;

    private final AtomicInteger waiting = new AtomicInteger();
    private final Map<String, Set<Waiter>> byAccount = new ConcurrentHashMap<>();
    private final Executor executor;

    /** @param executor looks at changes and answers the callers, apart from the thread that made the change */
    public ChangeWaiters(Executor executor) {
        this.executor = executor;
    }

    /**
     * Waits until something is there.
     *
     * @param isThere asked at once, and after each change of the account's lease
     * @param wait the longest wait
     * @return completes when it is there, or the wait is over
     */
    public CompletionStage<Void> await(String account, BooleanSupplier isThere, Duration wait) {
        if (waiting.incrementAndGet() > MOST) {
            waiting.decrementAndGet();
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> over =
                new CompletableFuture<Void>().completeOnTimeout(null, wait.toMillis(), TimeUnit.MILLISECONDS);
        Waiter waiter = new Waiter(isThere, over);
        byAccount.compute(account, (name, known) -> {
            Set<Waiter> all = known == null ? ConcurrentHashMap.newKeySet() : known;
            all.add(waiter);
            return all;
        });
        // Asked only now, so that no change is missed in between.
        waiter.look();
        return over.whenComplete((done, failure) -> forget(account, waiter));
    }

    private void forget(String account, Waiter waiter) {
        waiting.decrementAndGet();
        byAccount.computeIfPresent(account, (name, known) -> {
            known.remove(waiter);
            return known.isEmpty() ? null : known;
        });
    }

    /** The account's lease has changed, has begun or has ended. */
    public void changed(String account) {
        Set<Waiter> known = byAccount.get(account);
        if (known != null) {
            try {
                executor.execute(() -> known.forEach(Waiter::look));
            } catch (RejectedExecutionException e) {
                // The process is stopping: whoever made the change must not notice.
                return;
            }
        }
    }

    /** Ends all waits, before the process stops. */
    public void close() {
        byAccount
                .values()
                .forEach(waiting -> waiting.forEach(waiter -> waiter.over().complete(null)));
    }
}
