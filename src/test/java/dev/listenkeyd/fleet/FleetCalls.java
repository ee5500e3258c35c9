package dev.listenkeyd.fleet;

import dev.listenkeyd.fleet.ExchangeCalls.Call;
import dev.listenkeyd.fleet.FleetDatabase.Claim;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.simulation.SimulatedExchange.Verb;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;

/** What must hold of calls: a lease's owner makes them, one at a time, and a takeover costs at most one more than one daemon makes. */
@NullUnmarked
final class FleetCalls {
    /** A member that has the database for so long knows what it owns. */
    private static final long KNOWN = 5000;
    /** A handover takes no longer. */
    private static final long HANDOVER = 1000;
    /** One daemon renews a lease no sooner, unless it is asked to or a call has failed. */
    private static final long SOONEST = 600_000;

    private static final long WISH = 30_000;

    private static final class Past {
        final List<Call> inFlight = new ArrayList<>();
        MemberProcess lastBy;
        long endedAt = Long.MIN_VALUE;
        /** When its owner renewed it last; long ago when something was wrong since. */
        long renewedAt = Long.MIN_VALUE / 2;

        long askedUntil = Long.MIN_VALUE;
        boolean wasCheck;
        int takeovers;
        int extra;
    }

    private final FleetSimulation world;
    private final Map<String, Past> pasts = new HashMap<>();

    long attempts;
    long made;
    long extra;
    long byOthers;

    FleetCalls(FleetSimulation world) {
        this.world = world;
    }

    void asked(String account) {
        past(account).askedUntil = world.agenda.now() + WISH;
        past(account).renewedAt = Long.MIN_VALUE / 2;
    }

    void owned(String account) {
        past(account).takeovers++;
    }

    void leaves(Call call) {
        long now = world.agenda.now();
        MemberProcess process = call.process();
        String account = call.account.name;
        Past past = past(account);
        Claim claim = world.database.claims.get(account);
        boolean owns = claim != null && process.id.equals(claim.owner);
        world.history.accept(account, process.id + " calls " + call.verb + (owns ? "" : ", not its owner"));
        made++;
        byOthers += owns ? 0 : 1;
        boolean knows = process.machine.health.hasDatabaseFor(KNOWN) && claim != null && now - claim.since > HANDOVER;
        world.history.check(owns || !knows, account, () -> process.id + " calls though another one owns it");
        for (Call other : past.inFlight) {
            checkOverlap(call, other, claim);
        }
        boolean follows = past.lastBy == process && past.endedAt == now;
        call.isCheck = follows ? past.wasCheck : isCheck(call);
        past.wasCheck = call.isCheck;
        if (now <= past.askedUntil || !owns) {
            world.losses.bound.omniscient.spend(process);
        }
        if (!follows && owns) {
            attempts++;
            countExtra(call, past, now);
        }
        past.inFlight.add(call);
    }

    /** A call for a live key whose renewal is not due. */
    private static boolean isCheck(Call call) {
        return call.lease.state() instanceof Active active
                && active.nextAttemptAt().isAfter(call.process().machine.clocks.instant());
    }

    private void checkOverlap(Call call, Call other, Claim claim) {
        boolean same = call.process() == other.process();
        boolean lapsed =
                !other.process().machine.health.hasDatabaseFor(world.setup.ttl().toMillis());
        boolean handed = claim != null && claim.since <= other.left + HANDOVER;
        world.history.check(
                other.process().isDead() || (!same && (lapsed || handed)),
                call.account.name,
                () -> "a call of " + call.process().id + " during one of " + other.process().id);
    }

    private void countExtra(Call call, Past past, long now) {
        boolean asked = now <= past.askedUntil;
        if (call.verb != Verb.DELETE && !call.isCheck && !asked && now - past.renewedAt < SOONEST) {
            extra++;
            past.extra++;
            world.losses.bound.omniscient.spend(call.process());
            world.history.check(
                    past.extra <= past.takeovers,
                    call.account.name,
                    () -> past.extra + " renewals that one daemon would not have made, after " + past.takeovers
                            + " takeovers");
        }
    }

    /** The exchange has carried it out. */
    void arrived(Call call) {
        String account = call.account.name;
        if (call.verb == Verb.DELETE && call.outcome.failed() == null) {
            world.losses.troubled(account);
        }
    }

    void ended(Call call) {
        Past past = past(call.account.name);
        past.inFlight.remove(call);
        past.lastBy = call.process();
        past.endedAt = world.agenda.now();
        if (call.process().id.equals(world.database.ownerOf(call.account.name))) {
            boolean renewed = call.isHeard() && call.outcome != null && call.outcome.failed() == null;
            past.renewedAt = !renewed ? Long.MIN_VALUE / 2 : call.isCheck ? past.renewedAt : world.agenda.now();
        }
    }

    private Past past(String account) {
        return pasts.computeIfAbsent(account, name -> new Past());
    }
}
