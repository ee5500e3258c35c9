package dev.listenkeyd.registration;

import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.registration.Leases.Limits;
import dev.listenkeyd.renewal.AttemptResult;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.renewal.RenewalEngine;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Registers and releases holders: a registration is written first, then the exchange is called, then the caller is answered. Decisions about a lease are made in the account's turn; calls to the exchange are made outside of it.
 */
final class Registrations {

    /** How often a registration starts over because the lease that it was joining has ended. */
    private static final int MOST_TRIES = 3;

    private final LeaseRegistry registry;
    private final RenewalEngine engine;
    private final InstantSource clock;
    private final Limits limits;
    private final AccountTurns turns;
    private final OtherReplicas others;

    Registrations(
            LeaseRegistry registry,
            RenewalEngine engine,
            InstantSource clock,
            Limits limits,
            AccountTurns turns,
            OtherReplicas others) {
        this.registry = registry;
        this.engine = engine;
        this.clock = clock;
        this.limits = limits;
        this.turns = turns;
        this.others = others;
    }

    /** Registers a holder; the stage completes after the first attempt, or when patience is over. */
    CompletionStage<Registered> register(RegistrationRequest request) {
        if (request.apiKey() != null && limits.configured().contains(request.account())) {
            throw new LeaseRefused(
                    Refusal.INVALID_REQUEST, "apiKey: this account's API key stands in the configuration");
        }
        return register(request, MOST_TRIES);
    }

    private CompletionStage<Registered> register(RegistrationRequest request, int tries) {
        if (tries == 0) {
            throw new LeaseRefused(Refusal.BUSY, "others release and register this account just now; try again");
        }
        return inTurn(request, () -> {
                    Lease known = registry.find(request.account());
                    return known == null ? create(request) : join(known, request, tries);
                })
                .thenCompose(Supplier::get);
    }

    /** A lease of the configuration does not wait for the disk: the next start reads the configuration again. */
    private <T> CompletionStage<T> inTurn(RegistrationRequest request, Supplier<CompletionStage<T>> work) {
        return request.isOfConfiguration()
                ? turns.takeInMemory(request.account(), true, work)
                : turns.takeToRegister(request.account(), work);
    }

    /** Writes the lease; returns what follows outside of the account's turn. */
    private CompletionStage<Supplier<CompletionStage<Registered>>> create(RegistrationRequest request) {
        if (request.apiKey() == null && !limits.configured().contains(request.account())) {
            throw new LeaseRefused(
                    Refusal.ACCOUNT_UNKNOWN, "account: neither configured nor registered; send its apiKey");
        }
        Registration registration = new Registration(
                request.account(),
                request.apiKey(),
                request.onLoss() == null ? OnLoss.RECREATE : request.onLoss(),
                Map.of(request.holder(), request.client()),
                now());
        Lease lease = Lease.registered(registration, request.listenKey());
        if (request.isOfConfiguration()) {
            return createInMemory(lease);
        }
        return registry.insert(lease, limits.mostLeases()).thenApply(inserted -> {
            if (!inserted) {
                throw full();
            }
            return () -> engine.renewNow(lease, limits.patience())
                    .thenCompose(answer -> settled(answer, request, true, true));
        });
    }

    /** Nobody waits for the first call: it takes its turn among the other leases. */
    private CompletionStage<Supplier<CompletionStage<Registered>>> createInMemory(Lease lease) {
        // Accounts of settings count, but have a place.
        if (lease.registration().apiKey() != null && registry.size() >= limits.mostLeases()) {
            throw full();
        }
        registry.insertInMemory(lease);
        engine.watch(lease);
        return outside(() -> CompletableFuture.completedFuture(new Registered(lease, true, false, null)));
    }

    private LeaseRefused full() {
        return new LeaseRefused(Refusal.FULL, "there are " + limits.mostLeases() + " leases already");
    }

    private Instant now() {
        return clock.instant();
    }

    private CompletionStage<Supplier<CompletionStage<Registered>>> join(
            Lease known, RegistrationRequest request, int tries) {
        request.requireAllowed(known.registration());
        if (request.hasOtherApiKey(known.registration())) {
            AccountPauses.requireCalls(known);
            return outside(() -> replaceApiKey(known, request));
        }
        Secret held = known.key() == null ? null : known.key().value();
        if (known.pause() == null
                && held != null
                && request.listenKey() != null
                && !request.listenKey().equals(held)) {
            return outside(() -> engine.askNow(known, null, limits.patience())
                    .thenApply(answer -> RegistrationResults.compared(answer, request))
                    .thenCompose(compared -> joinAgain(compared, request, false))
                    .thenApply(joined -> RegistrationResults.registered(joined, request)));
        }
        boolean added = !known.registration().holders().contains(request.holder());
        return joined(known, request, false).thenApply(lease -> {
            if (lease == null) {
                return () -> register(request, tries - 1);
            }
            boolean wantsKey = lease.isPending() || (lease.isLost() && lease.onLoss() == OnLoss.RECREATE);
            return wantsKey && lease.pause() == null && !request.isOfConfiguration()
                    ? () -> engine.renewNow(lease, limits.patience())
                            .thenCompose(answer -> settled(answer, request, false, added))
                    : () -> CompletableFuture.completedFuture(RegistrationResults.registered(lease, request));
        });
    }

    /**
     * Tries the new API key, then writes it, and then it is in force; a call with it shows which listen key is active.
     */
    private CompletionStage<Registered> replaceApiKey(Lease known, RegistrationRequest request) {
        return engine.askNow(known, request.apiKey(), limits.patience())
                .thenApply(RegistrationResults::apiKeyWorks)
                .thenCompose(lease -> joinAgain(lease, request, true))
                .thenCompose(joined -> engine.askNow(joined, null, limits.patience()))
                .thenApply(answer -> RegistrationResults.registered(answer, request, false, true));
    }

    private static <T> CompletionStage<Supplier<CompletionStage<T>>> outside(Supplier<CompletionStage<T>> next) {
        return CompletableFuture.completedFuture(next);
    }

    /** Joins after a call to the exchange, during which the lease may have changed. */
    private CompletionStage<Lease> joinAgain(Lease seen, RegistrationRequest request, boolean replaceApiKey) {
        return this.<Lease>inTurn(request, () -> {
            Lease now = registry.find(request.account());
            if (now == null || !now.isSameRegistration(seen)) {
                throw ended();
            }
            request.requireAllowed(now.registration());
            return joined(now, request, replaceApiKey).thenApply(joined -> {
                if (joined == null) {
                    throw ended();
                }
                return joined;
            });
        });
    }

    private static LeaseRefused ended() {
        return new LeaseRefused(Refusal.BUSY, "the lease was released during this call; try again");
    }

    /** The lease with the changes of the request, on disk unless the configuration asks; null when it has ended. */
    private CompletionStage<@Nullable Lease> joined(Lease lease, RegistrationRequest request, boolean replaceApiKey) {
        Registration before = lease.registration();
        OnLoss onLoss = request.onLoss() == null ? before.onLoss() : request.onLoss();
        Secret apiKey = replaceApiKey ? request.apiKey() : before.apiKey();
        boolean added = !before.holders().contains(request.holder());
        if (!added && onLoss == before.onLoss() && !replaceApiKey) {
            return CompletableFuture.completedFuture(lease);
        }
        UnaryOperator<Lease> change = now -> now.withRegistration(now.registration()
                .withHolder(request.holder(), request.client())
                .withOnLoss(onLoss)
                .withApiKey(apiKey));
        return request.isOfConfiguration()
                ? CompletableFuture.completedFuture(registry.change(lease, change))
                : registry.changeOnDisk(lease, change);
    }

    /**
     * Completes a registration after its first attempt; one that the exchange refuses for good is removed.
     *
     * @param added whether this request added its holder
     */
    private CompletionStage<Registered> settled(
            AttemptResult answer, RegistrationRequest request, boolean created, boolean added) {
        Lease lease = RegistrationResults.present(answer);
        RenewalOutcome outcome = answer.outcome();
        Refusal refusal = outcome == null ? null : RegistrationResults.refusalOf(lease, outcome);
        if (outcome == null || refusal == null) {
            return CompletableFuture.completedFuture(RegistrationResults.registered(answer, request, created, false));
        }
        LeaseRefused refused = RegistrationResults.refused(refusal, outcome.failed());
        CompletionStage<Void> dropped = added
                ? turns.take(lease.account(), () -> drop(lease, request.holder()))
                : CompletableFuture.completedFuture(null);
        // The caller must learn the refusal even if the removal could not be written yet.
        return dropped.handle((done, unwritten) -> {
            throw refused;
        });
    }

    /** Removes a holder. Without holders the lease ends; with {@code close} its key is closed at the exchange first. */
    CompletionStage<Void> release(String account, String holder, boolean close) {
        return turns.take(account, () -> releaseNow(existing(registry, account), holder, close));
    }

    /** Removes a holder; for the last one the key is closed, too, unless another lease shares it, or the account is paused. Completes with whether it was closed. */
    CompletionStage<Boolean> leave(String account, String holder) {
        return turns.take(account, () -> {
            Lease lease = existing(registry, account);
            boolean last = lease.registration().holders().size() == 1 && !isShared(lease);
            boolean close = last && lease.isLive() && lease.pause() == null;
            return releaseNow(lease, holder, close).thenApply(done -> close);
        });
    }

    private CompletionStage<Void> releaseNow(Lease lease, String holder, boolean close) {
        Set<String> holders = lease.registration().holders();
        if (!holders.contains(holder)) {
            throw new LeaseRefused(Refusal.NOT_FOUND, "holder: not a holder of this lease");
        }
        if (close && (holders.size() > 1 || isShared(lease))) {
            throw new LeaseRefused(Refusal.HOLDERS_REMAIN, "the key is not closed: others use it");
        }
        boolean call = close && lease.isLive();
        if (call) {
            AccountPauses.requireCalls(lease);
        }
        return call
                ? engine.closeNow(lease, limits.patience()).thenAccept(RegistrationResults::closed)
                : drop(lease, holder);
    }

    /** Whether another lease has the same key: two account names may be one account at the exchange. */
    private boolean isShared(Lease lease) {
        return MergedLeases.of(registry.after(""), others.after(""))
                .anyMatch(other -> other.isLive() && other.hasSameKey(lease));
    }

    /** @throws LeaseRefused when there is none */
    static Lease existing(LeaseRegistry registry, String account) {
        Lease lease = registry.find(account);
        if (lease == null) {
            throw new LeaseRefused(Refusal.NOT_FOUND, "account: no such lease");
        }
        return lease;
    }

    /** Removes a holder; without holders the lease ends. */
    private CompletionStage<Void> drop(Lease seen, String holder) {
        Lease lease = registry.find(seen.account());
        if (lease == null || !lease.registration().holders().contains(holder) || !lease.isSameRegistration(seen)) {
            return CompletableFuture.completedFuture(null);
        }
        CompletionStage<?> dropped = lease.registration().holders().equals(Set.of(holder))
                ? engine.end(lease)
                : registry.changeOnDisk(
                        lease, now -> now.withRegistration(now.registration().withoutHolder(holder)));
        return dropped.thenApply(done -> null);
    }
}
