package dev.listenkeyd.fleet;

import dev.listenkeyd.lease.Lease;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;

/** Every lease has an owner that carries it, soon again after any fault, and exactly one once all is well. */
@NullUnmarked
final class OwnershipInvariants {
    /** A beat, and a poll. */
    private static final long MARGIN = 1500;

    private static final long SETTLED = 30_000;

    private final FleetSimulation world;
    /** Since when nobody carries a lease, by account. */
    private final Map<String, Long> abandoned = new HashMap<>();

    long longest;

    OwnershipInvariants(FleetSimulation world) {
        this.world = world;
    }

    /** Every second. */
    void look() {
        long now = world.agenda.now();
        long most = 2 * world.setup.ttl().toMillis() + MARGIN;
        boolean healthy = world.machines.stream().anyMatch(machine -> machine.health.hasDatabaseFor(most));
        for (String account : world.database.rows.keySet()) {
            if (isCarried(account) || isReading(account)) {
                abandoned.remove(account);
                continue;
            }
            long since = abandoned.computeIfAbsent(account, any -> now);
            if (healthy) {
                longest = Math.max(longest, now - since);
            }
            world.history.check(
                    !healthy || now - since <= most,
                    account,
                    () -> "without a live owner for " + (now - since) + " ms: " + world.database.ownerOf(account));
        }
    }

    /** A row whose registration was not acknowledged may be there without a lease; its owner deletes it. */
    private boolean isCarried(String account) {
        MemberProcess owner = world.process(world.database.ownerOf(account));
        return owner != null
                && owner.machine.isRunning()
                && (owner.registry.find(account) != null
                        || world.database.rows.get(account).isPending());
    }

    /** An owner whose transactions fail or take seconds prolongs its claims, and may learn late what it was given. */
    private boolean isReading(String account) {
        MemberProcess owner = world.process(world.database.ownerOf(account));
        return owner != null
                && owner.machine.isRunning()
                && (owner.machine.isFlaky() || owner.machine.isSlow())
                && world.database.isLive(owner.id);
    }

    /** An account has another owner, which prolongs its claims, or did so within the last TTL: the wait for one begins anew. */
    void owned(String account) {
        if (world.database.isLive(world.database.ownerOf(account))) {
            abandoned.remove(account);
        }
    }

    /** The account has no lease any more. */
    void ended(String account) {
        abandoned.remove(account);
    }

    /** A member has stopped in good order: where others live, none of its leases is left behind. */
    void left(MemberProcess process) {
        boolean others = world.running()
                .anyMatch(other -> other != process
                        && !other.isStopping()
                        && other.machine.health.hasDatabaseFor(
                                2 * world.setup.ttl().toMillis()));
        long before = world.agenda.now() - SETTLED;
        for (String account : world.database.rows.keySet()) {
            // A command that came during the stop may have brought a lease.
            boolean settled = world.database.claims.get(account).since < before && !world.isChanging(account);
            world.history.check(
                    !others || !settled || !process.id.equals(world.database.ownerOf(account)),
                    account,
                    () -> process.id + " has left without giving it away");
        }
    }

    /** Once all is well. */
    void checkSettled() {
        for (Lease row : world.database.rows.values()) {
            List<MemberProcess> holders = world.running()
                    .filter(process -> process.registry.find(row.account()) != null)
                    .toList();
            String owner = world.database.ownerOf(row.account());
            world.history.check(
                    holders.size() == 1 && holders.get(0).id.equals(owner),
                    row.account(),
                    () -> owner + " owns it, and it is in the memory of "
                            + holders.stream().map(holder -> holder.id).toList());
            world.running().forEach(process -> checkSame(process, row));
        }
        world.running().forEach(this::checkSettled);
    }

    private void checkSame(MemberProcess process, Lease row) {
        Lease seen = process.leases.find(row.account());
        world.history.check(
                row.equals(seen) || world.isChanging(row.account()),
                row.account(),
                () -> "on record v" + row.version() + " " + row.state() + ", and " + process.id + " sees "
                        + (seen == null ? null : "v" + seen.version() + " " + seen.state()));
    }

    private void checkSettled(MemberProcess process) {
        process.leases
                .after("")
                .forEach(lease -> world.history.check(
                        world.database.rows.containsKey(lease.account()),
                        lease.account(),
                        () -> process.id + " still sees it after its end"));
        world.history.check(process.fleet.isIdle(), null, () -> process.id + " still waits for something");
        List<Member> members = process.fleet.members();
        world.history.check(members.size() == world.running().count(), null, () -> "members are " + members);
        Member me = members.stream()
                .filter(member -> member.id().equals(process.id))
                .findAny()
                .orElseThrow();
        int leases = process.registry.size();
        int share = new Spread(members, 0).share(process.id);
        int slack = Math.max(2, share / 50) + 2;
        world.history.check(
                Math.abs(leases - share) <= slack * members.size()
                        && new Spread(members, 0).gifts(me).isEmpty(),
                null,
                () -> process.id + " has " + leases + " leases, and should have " + share);
    }
}
