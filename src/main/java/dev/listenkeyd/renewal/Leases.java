package dev.listenkeyd.renewal;

import dev.listenkeyd.renewal.LeaseBook.Change;
import dev.listenkeyd.renewal.LeaseRefused.Refusal;
import dev.listenkeyd.renewal.LeaseStore.StoreException;
import dev.listenkeyd.renewal.Wishes.Answer;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What callers can ask for: register, release, find, list; {@link Renewals} has the rest. Every refusal is a {@link LeaseRefused}, thrown or
 * in the returned stage. Thread-safe; methods block for the store, never for the exchange.
 */
public final class Leases {

    /** The holder of leases that the configuration keeps alive. */
    public static final String CONFIG_HOLDER = "config";

    /**
     * @param apiKey null for a configured account, or to keep what is known
     * @param listenKey a key that the caller already has, or null
     * @param onLoss null for the default, or to keep what was asked for earlier
     */
    public record Request(
            String account,
            @Nullable Secret apiKey,
            @Nullable Secret listenKey,
            @Nullable OnLoss onLoss,
            String holder) {}

    /** A lease that is held. {@code created}: by this very request; {@code replaced}: its API key was, by this one. */
    public record Registered(Lease lease, boolean created, boolean replaced) {}

    private final LeaseBook book;
    private final RenewalEngine engine;
    private final Surroundings surroundings;
    private final Set<String> configured;
    private final Duration patience;
    /** One registration or release at a time: two of one account must not both be the first, or the last. */
    private final ReentrantLock changing = new ReentrantLock();

    /**
     * @param configured accounts whose API key stands in the configuration
     * @param patience how long a caller waits for the exchange
     */
    public Leases(
            LeaseBook book,
            RenewalEngine engine,
            Surroundings surroundings,
            Set<String> configured,
            Duration patience) {
        this.book = book;
        this.engine = engine;
        this.surroundings = surroundings;
        this.configured = Set.copyOf(configured);
        this.patience = patience;
    }

    /**
     * Takes up what the store holds, and what the configuration keeps.
     *
     * @param kept configured accounts to keep alive with no call needed
     */
    public void restore(Set<String> kept) {
        engine.takeUp();
        for (Lease lease : book.all()) {
            boolean heldByConfig = lease.registration().holders().contains(CONFIG_HOLDER);
            if (heldByConfig && !kept.contains(lease.account())) {
                dropConfig(lease);
            }
        }
        for (String account : kept) {
            changing.lock();
            try {
                keep(account);
            } finally {
                changing.unlock();
            }
        }
    }

    private void dropConfig(Lease lease) {
        try {
            release(lease.account(), CONFIG_HOLDER, false);
        } catch (LeaseRefused e) {
            // The store can't be written now, which is reported; the next start tries again.
            engine.watch(lease);
        }
    }

    private void keep(String account) {
        Lease known = book.find(account);
        if (known != null) {
            book.change(
                    known, lease -> lease.withRegistration(lease.registration().withHolder(CONFIG_HOLDER)));
            return;
        }
        Lease lease = newLease(new Request(account, null, null, null, CONFIG_HOLDER));
        book.hold(lease);
        announce(lease);
        engine.watch(lease);
    }

    /** Registers a holder; the stage completes after the first attempt, or when patience is over. */
    public CompletionStage<Registered> register(Request request) {
        return locked(() -> {
            if (request.apiKey() != null && configured.contains(request.account())) {
                throw new LeaseRefused(
                        Refusal.INVALID_REQUEST, "apiKey: this account's API key stands in the configuration");
            }
            Lease known = book.find(request.account());
            return known == null ? create(request) : join(known, request);
        });
    }

    private CompletionStage<Registered> create(Request request) {
        if (request.apiKey() == null && !configured.contains(request.account())) {
            throw new LeaseRefused(
                    Refusal.ACCOUNT_UNKNOWN, "account: neither configured nor registered; send its apiKey");
        }
        Lease lease = newLease(request);
        book.insert(lease);
        announce(lease);
        return engine.renewNow(lease, patience).thenApply(answer -> settled(answer, true, request.holder()));
    }

    private Lease newLease(Request request) {
        Registration registration = new Registration(
                request.account(),
                request.apiKey(),
                request.onLoss() == null ? OnLoss.RECREATE : request.onLoss(),
                request.holder(),
                surroundings.clock().instant());
        return Lease.registered(registration, request.listenKey());
    }

    private void announce(Lease lease) {
        Instant at = lease.registration().registeredAt();
        surroundings.events().accept(RenewalEvent.withoutCall(null, lease, book.writable(), at));
    }

    private CompletionStage<Registered> join(Lease known, Request request) {
        Registration before = known.registration();
        if (!before.holders().contains(request.holder()) && before.holders().size() >= Registration.MAX_HOLDERS) {
            throw new LeaseRefused(
                    Refusal.INVALID_REQUEST, "holder: this account has " + Registration.MAX_HOLDERS + " already");
        }
        if (request.apiKey() != null && !request.apiKey().equals(before.apiKey())) {
            return engine.askNow(known, request.apiKey(), patience)
                    .thenApply(answer -> new Registered(joined(Verdict.apiKeyReplaced(answer), request), false, true));
        }
        HeldKey held = known.key();
        Secret theirs = request.listenKey();
        if (theirs != null && held != null && !held.value().equals(theirs)) {
            return engine.askNow(known, null, patience)
                    .thenApply(
                            answer -> new Registered(joined(Verdict.compared(answer, request), request), false, false));
        }
        String added = before.holders().contains(request.holder()) ? null : request.holder();
        Lease lease = joined(known, request);
        boolean wantsKey = lease.isPending() || (lease.isLost() && lease.onLoss() == OnLoss.RECREATE);
        return wantsKey
                ? engine.renewNow(lease, patience).thenApply(answer -> settled(answer, false, added))
                : CompletableFuture.completedFuture(new Registered(lease, false, false));
    }

    private Lease joined(Lease lease, Request request) {
        return change(lease, registration -> {
            Registration more = registration.withHolder(request.holder());
            return request.onLoss() == null ? more : more.withOnLoss(request.onLoss());
        });
    }

    /**
     * Registration after its first attempt: what the exchange refuses for good is not kept.
     *
     * @param added the holder that came with this very request, null when it was one already
     */
    private Registered settled(Answer answer, boolean created, @Nullable String added) {
        Lease lease = Verdict.present(answer);
        RenewalOutcome outcome = answer.outcome();
        Refusal refusal = outcome == null ? null : Verdict.refusalOf(lease, outcome);
        if (outcome == null || refusal == null) {
            return new Registered(lease, created, false);
        }
        if (added != null) {
            locked(() -> drop(lease, added));
        }
        throw Verdict.refused(refusal, outcome.failed());
    }

    /** Drops a holder; with the last one the lease ends, and with {@code close} its key, too. */
    public CompletionStage<Void> release(String account, String holder, boolean close) {
        return locked(() -> {
            Lease lease = get(account);
            Set<String> holders = lease.registration().holders();
            if (!holders.contains(holder)) {
                throw new LeaseRefused(Refusal.NOT_FOUND, "holder: not a holder of this lease");
            }
            if (close && (holders.size() > 1 || book.isShared(lease))) {
                throw new LeaseRefused(Refusal.HOLDERS_REMAIN, "the key is not closed: others use it");
            }
            if (close && lease.isLive()) {
                return engine.closeNow(lease, patience).thenAccept(answer -> {
                    Verdict.closed(answer);
                    // Somebody joined while the key was being closed: the lease goes on without its closer.
                    locked(() -> drop(lease, holder));
                });
            }
            drop(lease, holder);
            return CompletableFuture.completedFuture(null);
        });
    }

    /** Drops a holder; the last one closes the key, too, unless another lease lives on it. Tells whether it was closed. */
    public CompletionStage<Boolean> leave(String account, String holder) {
        return locked(() -> {
            Lease lease = get(account);
            boolean close = lease.registration().holders().size() == 1 && !book.isShared(lease);
            return release(account, holder, close).thenApply(done -> close && lease.isLive());
        });
    }

    /** Drops a holder from the lease as it is now; without any holder it ends. */
    private boolean drop(Lease seen, String holder) {
        Lease lease = book.find(seen.account());
        if (lease == null || !lease.isSameAs(seen)) {
            return false;
        }
        if (lease.registration().holders().equals(Set.of(holder))) {
            engine.end(lease);
        } else {
            change(lease, registration -> registration.withoutHolder(holder));
        }
        return true;
    }

    /** @throws LeaseRefused when there is none */
    public Lease get(String account) {
        Lease lease = book.find(account);
        if (lease == null) {
            throw new LeaseRefused(Refusal.NOT_FOUND, "account: no such lease");
        }
        return lease;
    }

    /** Accounts that can be registered by their name alone. */
    public Set<String> configured() {
        return configured;
    }

    /** Leases by account name, from the one after {@code account}. */
    public Stream<Lease> after(String account) {
        return book.after(account).stream();
    }

    private Lease change(Lease lease, UnaryOperator<Registration> change) {
        Change made = book.change(lease, now -> now.withRegistration(change.apply(now.registration())));
        if (made == null) {
            throw new LeaseRefused(Refusal.NOT_FOUND, "account: the lease has just ended");
        }
        if (!made.recorded()) {
            book.change(lease, now -> now.withRegistration(made.before().registration()));
            throw storeUnavailable();
        }
        return made.after();
    }

    private <T> T locked(Supplier<T> work) {
        try {
            if (!changing.tryLock(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                throw storeUnavailable();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw storeUnavailable();
        }
        try {
            return work.get();
        } catch (StoreException e) {
            throw storeUnavailable();
        } finally {
            changing.unlock();
        }
    }

    private static LeaseRefused storeUnavailable() {
        return new LeaseRefused(Refusal.STORE_UNAVAILABLE, "the store can't be written; nothing was changed for good");
    }
}
