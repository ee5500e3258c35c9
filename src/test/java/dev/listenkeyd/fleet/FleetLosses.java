package dev.listenkeyd.fleet;

import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.simulation.SimulatedExchange.Account;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;

/**
 * No lease is lost that could have been kept.
 *
 * <p><b>Bound.</b> A loss could have been avoided when some replica was able to work for all of the last {@link #reaction} before the
 * deadline: awake, with the database, the exchange, no pause, and half of its weight to spare; or when the lease's own owner had all
 * this but the database. An omniscient fleet would have made the call there.
 *
 * <p><b>Handicaps.</b> Two TTLs for a dead owner to be noticed, the longest gap between two attempts, a minute for the leases to
 * move, and by how much clocks may differ: an instant that one replica writes and another one reads is that much off. What a replica
 * takes for expired does not count while another one owns the lease and the database, which knows that, cannot be reached.
 */
@NullUnmarked
final class FleetLosses {
    private static final long MOVE = 60_000;

    private final FleetSimulation world;
    private final long reaction;
    /** When somebody else did something to the account's key, or will have stopped to. */
    private final Map<String, Long> troubled = new HashMap<>();

    private final Set<String> alive = new HashSet<>();

    final FleetBound bound;

    int dead;
    int declared;
    /** By a member that has lost the lease to another one and cannot know it. */
    int declaredUnknowing;

    FleetLosses(FleetSimulation world) {
        this.world = world;
        this.bound = new FleetBound(world);
        this.reaction = 2 * world.setup.ttl().toMillis()
                + world.setup.each().policy().retryMax().toMillis()
                + MOVE
                + 2 * world.setup.longestSkew();
    }

    void troubled(String account) {
        troubledUntil(account, world.agenda.now());
    }

    void troubledUntil(String account, long end) {
        troubled.merge(account, end, Math::max);
    }

    private boolean isTroubled(String account) {
        return world.agenda.now() - troubled.getOrDefault(account, Long.MIN_VALUE / 2) <= reaction;
    }

    /** Every second. */
    void lookAtBound() {
        bound.look(this::isTroubled);
    }

    /** Every few seconds. */
    void look() {
        for (Lease row : world.database.rows.values()) {
            Account account = world.exchange.account(row.account());
            boolean kept =
                    row.isLive() && row.pause() == null && row.key().value().equals(account.key());
            if (!kept) {
                alive.remove(row.account());
                if (row.pause() != null) {
                    troubled(row.account());
                }
            } else if (account.hasKey()) {
                alive.add(row.account());
            } else if (alive.remove(row.account())) {
                dead++;
                check(row.account(), world.agenda.now(), "its key has died at the exchange");
            }
        }
    }

    void happened(MemberProcess process, RenewalEvent event) {
        if (event.isLoss() && event.after().lastLoss().cause() == LossCause.EXPIRED) {
            declared++;
            if (!process.id.equals(world.database.ownerOf(event.lease().account()))
                    && !process.machine.reachesDatabase()) {
                declaredUnknowing++;
                return;
            }
            long deadline = process.machine.clocks.trueMillis(event.before().expiresAt());
            check(event.lease().account(), deadline, process.id + " takes its key for expired");
        }
    }

    private void check(String account, long deadline, String what) {
        if (isTroubled(account)) {
            return;
        }
        bound.lost(account, deadline, what);
        long now = world.agenda.now();
        for (Machine machine : world.machines) {
            boolean able = machine.health.hasExchangeFor(reaction) && machine.health.hasDatabaseFor(reaction);
            world.history.check(!able, account, () -> what + ", which " + machine.name + " could have prevented");
        }
        MemberProcess owner = world.process(world.database.ownerOf(account));
        boolean kept = owner != null
                && owner.registry.find(account) != null
                && owner.machine.health.hasExchangeFor(reaction)
                && world.database.claims.get(account).since <= now - reaction;
        world.history.check(!kept, account, () -> what + ", which its owner could have prevented");
    }
}
