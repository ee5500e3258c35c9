package dev.listenkeyd.registration;

import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.renewal.EngineContext;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.renewal.RenewalEngine;
import dev.listenkeyd.renewal.WriteBehind;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Changes requested by callers: one at a time per account, each on disk before its stage completes. Refusals are {@link LeaseRefused} in the returned stage. Nothing blocks. Thread-safe.
 */
final class LeaseChanges {
    private final LeaseRegistry registry;
    private final RenewalEngine engine;
    private final EngineContext context;
    private final AccountTurns turns = new AccountTurns();

    LeaseChanges(LeaseRegistry registry, RenewalEngine engine, EngineContext context) {
        this.registry = registry;
        this.engine = engine;
        this.context = context;
    }

    /** Runs work that reads a lease and changes it, so that two registrations can't both be the first. */
    <T> CompletionStage<T> inTurn(String account, Supplier<CompletionStage<T>> work) {
        return turns.take(account, () -> {
                    if (registry.isStalled()) {
                        throw storeUnavailable();
                    }
                    return work.get();
                })
                .handle((value, failure) -> {
                    if (failure == null) {
                        return value;
                    }
                    Throwable cause = WriteBehind.causeOf(failure);
                    throw new CompletionException(cause instanceof StoreException ? storeUnavailable() : cause);
                });
    }

    /** Adds a lease; false when there are already {@code most}. */
    CompletionStage<Boolean> insert(Lease lease, int most) {
        return registry.insert(lease, most).thenApply(inserted -> {
            if (inserted) {
                announce(lease);
            }
            return inserted;
        });
    }

    /** Publishes a new lease. */
    void announce(Lease lease) {
        Instant at = lease.registration().registeredAt();
        context.events().accept(RenewalEvent.withoutCall(null, lease, at));
    }

    /**
     * Changes the registration of a lease.
     *
     * @param undo reverts the change when it could not be written
     * @return the changed lease; null when it has ended
     */
    CompletionStage<@Nullable Lease> change(
            Lease lease, UnaryOperator<Registration> change, UnaryOperator<Registration> undo) {
        return registry.changeOnDisk(
                        lease,
                        now -> now.withRegistration(change.apply(now.registration())),
                        now -> now.withRegistration(undo.apply(now.registration())))
                .thenApply(made -> {
                    if (made == null) {
                        return null;
                    }
                    Instant at = context.clock().instant();
                    context.events().accept(RenewalEvent.withoutCall(made.before(), made.after(), at));
                    return made.after();
                });
    }

    /** Removes a holder; without holders the lease ends. */
    CompletionStage<Void> drop(Lease seen, String holder) {
        Lease lease = registry.find(seen.account());
        String client = lease == null ? null : lease.registration().clients().get(holder);
        if (lease == null || client == null || !lease.isSameRegistration(seen)) {
            return CompletableFuture.completedFuture(null);
        }
        CompletionStage<?> dropped = lease.registration().holders().equals(Set.of(holder))
                ? engine.end(lease)
                : change(lease, now -> now.withoutHolder(holder), now -> now.withHolder(holder, client));
        return dropped.thenApply(done -> null);
    }

    private static LeaseRefused storeUnavailable() {
        return new LeaseRefused(
                Refusal.STORE_UNAVAILABLE, "the store can't be written now; nothing was changed, so try again later");
    }
}
