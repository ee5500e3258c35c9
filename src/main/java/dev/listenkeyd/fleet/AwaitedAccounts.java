package dev.listenkeyd.fleet;

import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Accounts whose owners were asked to give them here, and the commands that wait for them. Thread-safe. */
final class AwaitedAccounts {

    /** A wait. {@code since} is monotonic time. */
    private record Awaited(long since, boolean create, CompletableFuture<Void> here) {}

    private final Map<String, Awaited> awaited = new HashMap<>();
    private final LongSupplier nanoTime;
    private final Duration patience;

    /** @param patience longest wait: long enough for the claims of an owner that is gone to end */
    AwaitedAccounts(LongSupplier nanoTime, Duration patience) {
        this.nanoTime = nanoTime;
        this.patience = patience;
    }

    /** Waits for an account. */
    synchronized CompletionStage<Void> await(String account, boolean create) {
        Awaited known = awaited.get(account);
        boolean creates = create || (known != null && known.create);
        CompletableFuture<Void> here = known == null ? new CompletableFuture<>() : known.here;
        awaited.put(account, new Awaited(known == null ? nanoTime.getAsLong() : known.since, creates, here));
        return here;
    }

    synchronized boolean contains(String account) {
        return awaited.containsKey(account);
    }

    /** The accounts that are waited for, each with whether to claim it when nobody has. */
    synchronized Map<String, Boolean> all() {
        Map<String, Boolean> all = new HashMap<>();
        awaited.forEach((account, one) -> all.put(account, one.create));
        return all;
    }

    /** Ends the wait for an account. */
    void end(String account, @Nullable RuntimeException failure) {
        Awaited over;
        synchronized (this) {
            over = awaited.remove(account);
        }
        if (over != null && failure == null) {
            over.here.complete(null);
        } else if (over != null) {
            over.here.completeExceptionally(failure);
        }
    }

    /** Refuses the commands that have waited too long. */
    void refuseLate() {
        long now = nanoTime.getAsLong();
        List<String> late;
        synchronized (this) {
            late = awaited.entrySet().stream()
                    .filter(entry -> now - entry.getValue().since >= patience.toNanos())
                    .map(Map.Entry::getKey)
                    .toList();
        }
        late.forEach(account -> end(
                account,
                new LeaseRefused(
                        Refusal.BUSY,
                        "account: the replica that owns its lease did not hand it over in time; try again")));
    }
}
