package dev.listenkeyd.fleet;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.fleet.FleetListener.Takeover;
import dev.listenkeyd.fleet.FleetStore.Beat;
import dev.listenkeyd.fleet.FleetStore.Change;
import dev.listenkeyd.fleet.FleetStore.Changes;
import dev.listenkeyd.fleet.FleetStore.Claimed;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.registration.OtherReplicas;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.renewal.RenewalEngine;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * This replica as a member of a fleet. {@link #beat}, {@link #poll} and {@link #leave} block, and must be called by the executor's one
 * thread; a failure of the store ends them early, and the next one goes on. Meanwhile the leases that are here are renewed: only
 * another member's claim takes them away. The other methods are thread-safe and do not block.
 */
public final class Fleet implements OtherReplicas, Replicas {

    /** How much longer than the claims of a dead owner a command waits. */
    private static final Duration GRACE = Duration.ofSeconds(3);

    private final FleetStore store;
    private final Executor thread;
    private final TakeoverLimit takeovers;
    private final FleetListener listener;
    private final FleetView view = new FleetView();
    private final Claims claims;
    private final Gifts gifts;
    private final FleetWeight weight;
    private final AwaitedAccounts awaited;
    private final DeferredEvents events;
    private final Tenure tenure;
    /** Accounts that may be this member's and are not here: given to it, or their rows were refused. */
    private final Set<String> arriving = ConcurrentHashMap.newKeySet();

    private final HandoverRequests requested = new HandoverRequests();

    private volatile List<Member> members = List.of();
    private volatile Beat reached = Beat.UNKNOWN;
    private volatile boolean draining;
    private volatile long since = FleetStore.BEGINNING;
    private boolean gave;
    private boolean left;

    public Fleet(
            FleetStore store,
            LeaseRegistry registry,
            RenewalEngine engine,
            ExchangeGate gate,
            FleetListener listener,
            FleetContext context) {
        this.store = store;
        this.listener = listener;
        this.thread = context.thread();
        this.takeovers = new TakeoverLimit(context.nanoTime(), context.ttl());
        this.claims = new Claims(registry, engine, view, listener);
        this.gifts = new Gifts(store, claims);
        this.weight = new FleetWeight(gate, context.clock(), context.nanoTime());
        this.awaited = new AwaitedAccounts(context.nanoTime(), context.ttl().plus(GRACE));
        this.events = new DeferredEvents(claims::find);
        this.tenure = new Tenure(context.clock(), context.nanoTime(), context.ttl());
        registry.ownership().doubtedBy(tenure::isInDoubt);
    }

    @Override
    public String id() {
        return store.id();
    }

    @Override
    public Beat lastBeat() {
        return reached;
    }

    @Override
    public @Nullable String ownerOf(String account) {
        return Member.nameOf(claims.isHere(account) ? id() : view.ownerOf(account), members);
    }

    @Override
    public Map<Takeover, Integer> takeovers() {
        return claims.takeovers();
    }

    /** Whether it has ever learned which leases the others have. */
    public boolean isInformed() {
        return since != FleetStore.BEGINNING;
    }

    /** Prolongs the membership, takes over leases without an owner, and gives away what others should own. Call it every second. */
    public void beat() {
        awaited.refuseLate();
        if (!left) {
            beatNow();
        }
    }

    private void beatNow() {
        Tenure.BeatEnd end = tenure.beat();
        Beat beat;
        try {
            beat = store.beat(claims.size(), draining ? 0 : weight.now());
        } catch (StoreException e) {
            reached = Beat.UNKNOWN;
            tenure.failed();
            takeovers.storeWasAway();
            listener.failed(e);
            return;
        }
        end.worked(beat.lapsed());
        if (beat.lapsed()) {
            takeovers.storeWasAway();
        }
        try {
            boolean fewer = members.size() > beat.members().size();
            members = beat.members();
            reached = beat;
            Spread spread = new Spread(members, beat.unowned());
            takeOver(beat.unowned(), spread.share(id()) - claims.size(), fewer);
            // Receivers report gifts one beat later; giving again before that would give the same excess twice.
            Stream<Member> giver =
                    members.stream().filter(member -> !gave && member.id().equals(id()));
            Map<String, Integer> excess = giver.findFirst().map(spread::gifts).orElse(Map.of());
            excess.forEach(gifts::give);
            gave = !excess.isEmpty();
            // An owner may have died, or another member's request may have replaced this one's.
            awaited.all().forEach(this::claim);
            listener.reached();
        } catch (StoreException e) {
            reached = Beat.UNKNOWN;
            listener.failed(e);
        }
    }

    private void takeOver(int unowned, int room, boolean fewer) {
        OptionalInt most = draining ? OptionalInt.empty() : takeovers.next(unowned, room, fewer);
        most.ifPresent(leases -> adopt(store.takeOver(leases), Takeover.ORPHANED));
    }

    /** Learns what other members have done since the last poll. Call it several times a second. */
    public void poll() {
        if (left) {
            return;
        }
        try {
            Changes changes = store.changes(since);
            changes.changes().forEach(this::onChange);
            adoptArriving();
            requested.take(members, claims::canGive).forEach(gifts::give);
            since = changes.next();
            tenure.polled();
            events.release(changes.events()).forEach(listener::told);
        } catch (StoreException e) {
            listener.failed(e);
        }
    }

    private void adoptArriving() {
        if (arriving.isEmpty()) {
            return;
        }
        Set<String> accounts = Set.copyOf(arriving);
        Set<String> settled = claims.settled(accounts);
        List<Claimed> owned = store.owned(accounts);
        arriving.removeAll(accounts);
        claims.dropEnded(owned, settled);
        Map<Boolean, List<Claimed>> byAwaited =
                owned.stream().collect(Collectors.partitioningBy(one -> awaited.contains(one.account())));
        adopt(byAwaited.getOrDefault(true, List.of()), Takeover.REQUESTED);
        adopt(byAwaited.getOrDefault(false, List.of()), Takeover.GIVEN);
    }

    private void adopt(List<Claimed> claimed, Takeover cause) {
        List<String> later = claims.adopt(claimed, cause);
        arriving.addAll(later);
        for (Claimed one : claimed) {
            if (!later.contains(one.account())) {
                awaited.end(one.account(), null);
            }
        }
    }

    private void onChange(Change change) {
        String account = change.account();
        view.own(account, change.lease() == null ? null : change.owner());
        if (id().equals(change.owner())) {
            String by = change.wantedBy();
            if (by != null && !by.equals(id())) {
                requested.add(account, by);
            }
            boolean comes = !claims.isHere(account) && (change.lease() != null || awaited.contains(account));
            if (comes || claims.isOutdated(account, change.lease())) {
                arriving.add(account);
            }
            return;
        }
        arriving.remove(account);
        requested.remove(account);
        if (claims.isHere(account)) {
            claims.drop(account);
        }
        Lease lease = change.lease();
        if (lease == null ? view.remove(account) : view.put(lease)) {
            listener.changed(account);
        }
    }

    /** From the next beat on others get the leases of this member, and it takes none over. Call it when a stop begins. */
    public void drain() {
        draining = true;
    }

    /** Gives all leases to other members, and ends the membership. Call it when all calls have ended and all rows are on disk. */
    public void leave() {
        drain();
        try {
            // Those of the last beat may have left since.
            List<Member> others = store.beat(claims.size(), 0).members().stream()
                    .filter(member -> !member.id().equals(id()))
                    .toList();
            Spread spread = new Spread(others, claims.size());
            for (Member other : others) {
                gifts.give(other.id(), Math.max(0, spread.share(other.id()) - other.leases()));
            }
            // Their own counts are a beat old.
            others.stream().max(Member.BY_WEIGHT).ifPresent(other -> gifts.give(other.id(), claims.size()));
            left = true;
            store.leave();
        } catch (StoreException e) {
            listener.failed(e);
        }
    }

    /** Whether nothing is on its way to this member, or from it. Call it by the executor's thread. */
    boolean isIdle() {
        return arriving.isEmpty() && requested.isEmpty() && awaited.all().isEmpty() && events.isEmpty();
    }

    /** A row was not written, since another member owns the lease, or did in between: the next poll tells. */
    public void notOwned(String account) {
        claims.drop(account);
        arriving.add(account);
    }

    @Override
    public CompletionStage<Void> bringHere(String account, boolean create) {
        boolean here = claims.isHere(account);
        if (here ? tenure.isCertain() && !gifts.isLeaving(account) : !create && view.find(account) == null) {
            return CompletableFuture.completedFuture(null);
        }
        CompletionStage<Void> brought = awaited.await(account, create);
        thread.execute(() -> claimNow(account, create));
        return brought;
    }

    private void claimNow(String account, boolean create) {
        try {
            claim(account, create);
        } catch (StoreException e) {
            awaited.end(account, e);
        }
    }

    private void claim(String account, boolean create) {
        Set<String> settled = claims.settled(Set.of(account));
        Claimed claimed = store.claim(account, create);
        if (claimed != null) {
            claims.dropEnded(List.of(claimed), settled);
            adopt(List.of(claimed), Takeover.REQUESTED);
        }
    }

    @Override
    public @Nullable Lease find(String account) {
        return view.find(account);
    }

    @Override
    public Collection<Lease> after(String account) {
        return view.after(account);
    }
}
