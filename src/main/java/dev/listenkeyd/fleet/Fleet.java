package dev.listenkeyd.fleet;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.fleet.FleetListener.Takeover;
import dev.listenkeyd.fleet.FleetStore.Beat;
import dev.listenkeyd.fleet.FleetStore.Change;
import dev.listenkeyd.fleet.FleetStore.Changes;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.registration.OtherReplicas;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.renewal.RenewalEngine;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
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
    private final Arrivals arrivals;
    private final DeferredEvents events;
    private final Tenure tenure;
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
        this.weight = new FleetWeight(gate, engine::callsDue, context.clock(), context.nanoTime());
        this.awaited = new AwaitedAccounts(context.nanoTime(), context.ttl().plus(GRACE));
        this.arrivals = new Arrivals(store, claims, gifts, awaited);
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

    @Override
    public Map<String, String> unreadable() {
        return store.unreadable();
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
            gifts.toOnly(members);
            reached = beat;
            Spread spread = new Spread(members, beat.unowned());
            takeOver(beat.unowned(), spread.share(id()) - claims.size(), fewer);
            // Receivers report gifts one beat later; giving again before that would give the same excess twice.
            Stream<Member> giver =
                    members.stream().filter(member -> !gave && member.id().equals(id()));
            Map<String, Integer> excess = giver.findFirst().map(spread::gifts).orElse(Map.of());
            gifts.spread(excess, draining || weight.isBehind());
            gave = !excess.isEmpty();
            // An owner may have died, or another member's request may have replaced this one's.
            awaited.all().forEach(arrivals::claim);
            listener.reached();
        } catch (StoreException e) {
            reached = Beat.UNKNOWN;
            listener.failed(e);
        }
    }

    private void takeOver(int unowned, int room, boolean fewer) {
        OptionalInt most = draining ? OptionalInt.empty() : takeovers.next(unowned, room, fewer);
        if (most.isEmpty()) {
            return;
        }
        int left = most.getAsInt();
        int taken;
        do {
            taken = arrivals.takeOver(Math.min(left, TakeoverLimit.TAKEN_AT_ONCE));
            left -= taken;
        } while (taken > 0 && left > 0 && takeovers.isTimeLeft());
    }

    /** Learns what other members have done since the last poll. Call it several times a second. */
    public void poll() {
        if (left) {
            return;
        }
        try {
            Changes changes = store.changes(since);
            changes.changes().forEach(this::onChange);
            arrivals.adoptExpected();
            requested.take(members, claims::canGive).forEach(gifts::give);
            since = changes.next();
            tenure.polled();
            events.release(changes.events()).forEach(listener::told);
        } catch (StoreException e) {
            listener.failed(e);
        }
    }

    private void onChange(Change change) {
        String account = change.account();
        boolean unreadable = change.lease() == null && store.unreadable().containsKey(account);
        boolean ended = change.lease() == null && !unreadable;
        view.own(account, ended ? null : change.owner());
        if (ended) {
            gifts.ended(account);
        }
        if (id().equals(change.owner())) {
            String by = change.wantedBy();
            if (by != null && !by.equals(id())) {
                requested.add(account, by);
            }
            boolean leased = change.lease() != null || unreadable;
            boolean comes = !claims.isHere(account) && (leased || awaited.contains(account));
            // The next write of a lease that is here puts a good row in the place of one that was damaged.
            if (comes || (!unreadable && claims.isOutdated(account, change.lease()))) {
                arrivals.expect(account);
            }
            return;
        }
        arrivals.forget(account);
        requested.remove(account);
        if (claims.isHere(account)) {
            claims.drop(account);
        }
        Lease lease = change.lease();
        // One that can't be read stays to be seen as it was.
        boolean changed = lease == null ? !unreadable && view.remove(account) : view.put(lease);
        if (changed) {
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
            Map<String, Integer> room = new LinkedHashMap<>();
            others.forEach(other -> room.put(other.id(), Math.max(0, spread.share(other.id()) - other.leases())));
            gifts.spread(room, true);
            // Their own counts are a beat old; and who can't read a lease leaves it to the rest.
            others.stream()
                    .max(Member.BY_WEIGHT)
                    .ifPresent(other -> gifts.give(other.id(), claims.givable().toList()));
            left = true;
            store.leave();
        } catch (StoreException e) {
            listener.failed(e);
        }
    }

    /** Whether nothing is on its way to this member, or from it. Call it by the executor's thread. */
    boolean isIdle() {
        return arrivals.isEmpty() && requested.isEmpty() && awaited.all().isEmpty() && events.isEmpty();
    }

    /** A row was not written, since another member owns the lease, or did in between: the next poll tells. */
    public void notOwned(String account) {
        claims.drop(account);
        arrivals.expect(account);
    }

    @Override
    public CompletionStage<Void> bringHere(String account, boolean create) {
        boolean here = claims.isHere(account);
        if (here
                ? tenure.isCertain() && !gifts.isLeaving(account)
                : !create && view.find(account) == null && !store.unreadable().containsKey(account)) {
            return CompletableFuture.completedFuture(null);
        }
        CompletionStage<Void> brought = awaited.await(account, create);
        thread.execute(() -> claimNow(account, create));
        return brought;
    }

    private void claimNow(String account, boolean create) {
        try {
            arrivals.claim(account, create);
        } catch (StoreException e) {
            awaited.end(account, e);
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
