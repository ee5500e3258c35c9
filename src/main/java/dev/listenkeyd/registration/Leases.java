package dev.listenkeyd.registration;

import dev.listenkeyd.lease.AccountPause;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.lease.Loss;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.renewal.RenewalEngine;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Registers, releases, finds and lists leases; {@link OnDemandRenewals} renews them. A refusal is a {@link LeaseRefused}, thrown or in the returned stage. Nothing blocks. Thread-safe.
 */
public final class Leases {

    /** The holder of configured leases, and its client. */
    public static final String CONFIG_HOLDER = "config";

    private final LeaseRegistry registry;
    private final RenewalEngine engine;
    private final Limits limits;
    private final Registrations registrations;
    private final AccountPauses pauses;
    private final OtherReplicas others;

    /**
     * Bounds of registrations.
     *
     * @param configured accounts whose API key is configured
     * @param mostLeases further registrations are refused
     * @param patience longest wait for the exchange
     */
    public record Limits(Set<String> configured, int mostLeases, Duration patience) {
        public Limits {
            configured = Set.copyOf(configured);
        }
    }

    /** As the sole owner of all leases. */
    public Leases(LeaseRegistry registry, RenewalEngine engine, InstantSource clock, Limits limits) {
        this(registry, engine, clock, limits, OtherReplicas.NONE);
    }

    /** @param others own other leases of the same store */
    public Leases(
            LeaseRegistry registry, RenewalEngine engine, InstantSource clock, Limits limits, OtherReplicas others) {
        this.registry = registry;
        this.engine = engine;
        this.limits = limits;
        this.others = others;
        AccountTurns turns = new AccountTurns(registry::isStalled, others);
        this.registrations = new Registrations(registry, engine, clock, limits, turns, others);
        this.pauses = new AccountPauses(registry, engine, clock, turns);
    }

    /** As {@link #restore(Set, Predicate)}, without other accounts. */
    public void restore(Set<String> kept) {
        restore(kept, account -> false);
    }

    /**
     * Resumes the stored leases, registers the configured ones, and releases those that are configured no more.
     *
     * @param kept configured accounts to keep alive without a registration
     * @param undecided accounts that another part of the configuration may still keep; they are not released
     */
    public void restore(Set<String> kept, Predicate<String> undecided) {
        engine.resume();
        for (Lease lease : after("").toList()) {
            boolean heldByConfig = lease.registration().holders().contains(CONFIG_HOLDER);
            if (heldByConfig && !kept.contains(lease.account()) && !undecided.test(lease.account())) {
                // If the store can't be written, the lease goes on until the next start tries again.
                CompletionStage<Void> unused = release(lease.account(), CONFIG_HOLDER, false);
            }
        }
        for (String account : kept) {
            Lease known = others.find(account);
            if (known == null || !known.registration().holders().contains(CONFIG_HOLDER)) {
                CompletionStage<Registered> unused = keepConfigured(account);
            }
        }
    }

    /**
     * Registers the configuration as a holder of an account whose API key is among the settings. It is in force at once, and the
     * store follows: it must be kept also while the disk can't be written.
     */
    public CompletionStage<Registered> keepConfigured(String account) {
        return registrations.register(RegistrationRequest.ofConfiguration(account, null, false));
    }

    /**
     * As {@link #keepConfigured}, with an API key. A new lease is kept whatever the exchange says to its first call.
     *
     * @param replaceApiKey whether a differing API key takes the place of the known one when a call with it has worked; otherwise
     *     it is refused
     */
    public CompletionStage<Registered> keepFromFolder(String account, Secret apiKey, boolean replaceApiKey) {
        return registrations.register(RegistrationRequest.ofConfiguration(account, apiKey, replaceApiKey));
    }

    /** Registers a holder; the stage completes after the first attempt, or when the patience is over. */
    public CompletionStage<Registered> register(RegistrationRequest request) {
        return registrations.register(request);
    }

    /** Removes a holder. Without holders the lease ends; with {@code close} its key is closed at the exchange first. */
    public CompletionStage<Void> release(String account, String holder, boolean close) {
        return registrations.release(account, holder, close);
    }

    /**
     * Removes a holder; for the last one the key is closed, too, unless another lease shares it, or the account is paused.
     * Completes with whether it was closed.
     */
    public CompletionStage<Boolean> leave(String account, String holder) {
        return registrations.leave(account, holder);
    }

    /**
     * Makes no call for the account for so long, for maintenance; a call in flight goes on. A second pause replaces the end and
     * the reason of the first.
     *
     * @param reason matches {@link AccountPause#REASON}
     * @return the lease under the pause, which is on disk
     */
    public CompletionStage<Lease> pause(String account, Duration time, String reason) {
        return pauses.pause(account, time, reason);
    }

    /** Ends the pause of the account, if it has one; completes with the lease. */
    public CompletionStage<Lease> resume(String account) {
        return pauses.resume(account);
    }

    /** @throws LeaseRefused when there is none */
    public Lease get(String account) {
        Lease lease = find(account);
        return lease == null ? Registrations.existing(registry, account) : lease;
    }

    /**
     * Losses of an account, oldest first, also when its lease has ended. Blocks while the store reads.
     *
     * @param after only losses with a greater number
     * @param most how many
     * @throws LeaseRefused when the account has neither a lease nor losses, or the store can't be read now
     */
    public List<Loss> losses(String account, long after, int most) {
        if (registry.isStalled()) {
            throw new LeaseRefused(Refusal.STORE_UNAVAILABLE, "the store hangs; the losses can't be read now");
        }
        try {
            List<Loss> losses = registry.losses().page(account, after, most);
            if (losses.isEmpty() && registry.losses().page(account, 0, 1).isEmpty()) {
                get(account);
            }
            return losses;
        } catch (StoreException e) {
            throw new LeaseRefused(Refusal.STORE_UNAVAILABLE, "the losses can't be read now");
        }
    }

    /** Accounts that the configuration knows, by a setting or because it holds their lease. */
    public Set<String> configured() {
        Set<String> accounts = new TreeSet<>(limits.configured());
        after("")
                .filter(lease -> lease.registration().clients().containsKey(CONFIG_HOLDER))
                .forEach(lease -> accounts.add(lease.account()));
        return accounts;
    }

    /** The account's lease, whoever owns it; null when there is none. */
    public @Nullable Lease find(String account) {
        Lease own = registry.find(account);
        Lease found = own == null ? others.find(account) : own;
        // It may have come here between the two questions.
        return found == null ? registry.find(account) : found;
    }

    /** Number of all leases. */
    int size() {
        return registry.size();
    }

    /** Leases whose account sorts after {@code account}, in order, whoever owns them. */
    public Stream<Lease> after(String account) {
        return MergedLeases.of(registry.after(account), others.after(account));
    }

    /** Brings the account's lease here, so that a call can be made for it. */
    CompletionStage<Void> bringHere(String account) {
        return registry.find(account) != null
                ? CompletableFuture.completedStage(null)
                : AccountTurns.refusing(others.bringHere(account, false));
    }
}
