package dev.listenkeyd.registration;

import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.registration.Registrations.Limits;
import dev.listenkeyd.renewal.EngineContext;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.renewal.RenewalEngine;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What callers can ask for: register, release, find, list; {@link OnDemandRenewals} has the rest. Every refusal is a {@link
 * LeaseRefused}, thrown or in the returned stage. Thread-safe; nothing blocks, neither for the store nor for the exchange.
 */
public final class Leases {

    /** The holder of leases that the configuration keeps alive, and the client that it belongs to. */
    public static final String CONFIG_HOLDER = "config";

    /**
     * @param apiKey null for a configured account, or to keep what is known
     * @param replaceApiKey whether another API key than the known one takes its place, instead of being refused
     * @param listenKey a key that the caller already has, or null
     * @param onLoss null for the default, or to keep what was asked for earlier
     * @param client who asks
     */
    public record Request(
            String account,
            @Nullable Secret apiKey,
            boolean replaceApiKey,
            @Nullable Secret listenKey,
            @Nullable OnLoss onLoss,
            String holder,
            String client) {}

    /**
     * A lease that is held.
     *
     * @param created by this very request
     * @param replaced whether this request replaced its API key
     * @param adopted whether the listen key that came with the request is the active one; null when none came, or when the
     *     exchange could not be asked yet
     */
    public record Registered(
            Lease lease,
            boolean created,
            boolean replaced,
            @Nullable Boolean adopted) {}

    private final LeaseRegistry registry;
    private final RenewalEngine engine;
    private final EngineContext context;
    private final Limits limits;
    private final LeaseChanges changes;
    private final Registrations registrations;

    /**
     * @param configured accounts whose API key stands in the configuration
     * @param mostLeases registrations above it are refused
     * @param patience how long a caller waits for the exchange
     */
    public Leases(
            LeaseRegistry registry,
            RenewalEngine engine,
            EngineContext context,
            Set<String> configured,
            int mostLeases,
            Duration patience) {
        this.registry = registry;
        this.engine = engine;
        this.context = context;
        this.limits = new Limits(Set.copyOf(configured), mostLeases, patience);
        this.changes = new LeaseChanges(registry, engine, context);
        this.registrations = new Registrations(registry, changes, engine, context.clock(), limits);
    }

    /**
     * Takes up what the store holds, and what the configuration keeps.
     *
     * @param kept configured accounts to keep alive with no call needed
     */
    public void restore(Set<String> kept) {
        engine.resume();
        for (Lease lease : registry.all()) {
            boolean heldByConfig = lease.registration().holders().contains(CONFIG_HOLDER);
            if (heldByConfig && !kept.contains(lease.account())) {
                // While the store can't be written the lease goes on, and the next start tries again.
                CompletionStage<Void> unused = release(lease.account(), CONFIG_HOLDER, false);
            }
        }
        kept.forEach(this::keep);
    }

    private void keep(String account) {
        Lease known = registry.find(account);
        if (known != null) {
            registry.change(
                    known,
                    lease -> lease.withRegistration(lease.registration().withHolder(CONFIG_HOLDER, CONFIG_HOLDER)));
            return;
        }
        Lease lease = Lease.registered(
                new Registration(
                        account,
                        null,
                        OnLoss.RECREATE,
                        CONFIG_HOLDER,
                        context.clock().instant()),
                null);
        registry.insertInMemory(lease);
        changes.announce(lease);
        engine.watch(lease);
    }

    /** Registers a holder; the stage completes after the first attempt, or when patience is over. */
    public CompletionStage<Registered> register(Request request) {
        return registrations.register(request);
    }

    /** Drops a holder; with the last one the lease ends, and with {@code close} its key, too. */
    public CompletionStage<Void> release(String account, String holder, boolean close) {
        return changes.inTurn(account, () -> releaseNow(get(account), holder, close));
    }

    /** Drops a holder; the last one closes the key, too, unless another lease lives on it. Tells whether it was closed. */
    public CompletionStage<Boolean> leave(String account, String holder) {
        return changes.inTurn(account, () -> {
            Lease lease = get(account);
            boolean close = lease.registration().holders().size() == 1 && !registry.isShared(lease);
            return releaseNow(lease, holder, close).thenApply(done -> close && lease.isLive());
        });
    }

    private CompletionStage<Void> releaseNow(Lease lease, String holder, boolean close) {
        Set<String> holders = lease.registration().holders();
        if (!holders.contains(holder)) {
            throw new LeaseRefused(Refusal.NOT_FOUND, "holder: not a holder of this lease");
        }
        if (close && (holders.size() > 1 || registry.isShared(lease))) {
            throw new LeaseRefused(Refusal.HOLDERS_REMAIN, "the key is not closed: others use it");
        }
        return close && lease.isLive()
                ? engine.closeNow(lease, limits.patience()).thenAccept(RegistrationResults::closed)
                : changes.drop(lease, holder);
    }

    /** @throws LeaseRefused when there is none */
    public Lease get(String account) {
        Lease lease = registry.find(account);
        if (lease == null) {
            throw new LeaseRefused(Refusal.NOT_FOUND, "account: no such lease");
        }
        return lease;
    }

    /** Accounts that can be registered by their name alone. */
    public Set<String> configured() {
        return limits.configured();
    }

    /** Leases by account name, from the one after {@code account}. */
    public Stream<Lease> after(String account) {
        return registry.after(account).stream();
    }
}
