package dev.listenkeyd.fleet;

import dev.listenkeyd.fleet.FleetOmniscient.Job;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.simulation.SimulatedExchange.Account;
import dev.listenkeyd.simulation.VirtualClocks;
import java.time.Instant;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.NullUnmarked;

/** No fleet loses more leases than the {@link FleetOmniscient} has had to lose by then, counted since all was calm. */
@NullUnmarked
final class FleetBound {
    /** Nothing that dies sooner is settled. */
    private static final long SOON = 60_000;

    /** In an overload that costs hundreds of leases, the replicas' windows begin and end at other seconds: one in a hundred more. */
    private static final int ROUNDED = 100;

    /** The cycle of a lease, from one deadline to the next, as its owner knows it. */
    private static final class Cycle {
        private final Instant deadline;
        private final Job job;
        private boolean lost;

        Cycle(Instant deadline, Job job) {
            this.deadline = deadline;
            this.job = job;
        }
    }

    final FleetOmniscient omniscient;
    private final FleetSimulation world;
    private final VirtualClocks trueClocks;
    private final Map<String, Cycle> cycles = new HashMap<>();

    /** Leases that were lost since all was calm. */
    private int lost;

    int total;
    /** Leases that had to be lost, in total. */
    int unavoidable;

    FleetBound(FleetSimulation world) {
        this.world = world;
        this.omniscient = new FleetOmniscient(world);
        this.trueClocks = new VirtualClocks(world.agenda);
    }

    /**
     * Every second.
     *
     * @param troubled accounts to which somebody else does something: nobody could keep their leases
     */
    void look(Predicate<String> troubled) {
        boolean calm = true;
        for (Iterator<Map.Entry<String, Cycle>> all = cycles.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<String, Cycle> entry = all.next();
            Lease row = world.database.rows.get(entry.getKey());
            if (row == null || !row.isLive() || row.pause() != null || troubled.test(entry.getKey())) {
                omniscient.cancel(entry.getValue().job);
                all.remove();
            }
        }
        for (Lease row : world.database.rows.values()) {
            if (row.pause() == null && !troubled.test(row.account())) {
                calm &= follow(row);
            }
        }
        int before = omniscient.lost;
        omniscient.step();
        unavoidable += omniscient.lost - before;
        if (calm && omniscient.isCalm()) {
            omniscient.lost = 0;
            lost = 0;
        }
    }

    /** Takes the lease as its owner knows it; returns whether it does not die soon. */
    private boolean follow(Lease row) {
        MemberProcess owner = world.process(world.database.ownerOf(row.account()));
        Lease held = owner == null ? null : owner.registry.find(row.account());
        Lease lease = held == null ? row : held;
        Account account = world.exchange.account(row.account());
        boolean hopeless =
                lease.state().failures() > 0 && lease.lastFailure().reason().needsOperator();
        if (!lease.isLive()
                || lease.pause() != null
                || hopeless
                || !lease.key().value().equals(account.key())) {
            return true;
        }
        VirtualClocks clocks = owner == null ? trueClocks : owner.machine.clocks;
        long now = world.agenda.now();
        long deadline = Math.min(clocks.trueMillis(lease.expiresAt()), account.expiresAt());
        Cycle cycle = cycles.get(lease.account());
        if (cycle == null || !cycle.deadline.equals(lease.expiresAt())) {
            if (cycle != null && cycle.job.release > now) {
                // Renewed before its time.
                omniscient.cancel(cycle.job);
            }
            long release = clocks.trueMillis(lease.state().nextAttemptAt());
            cycles.put(
                    lease.account(),
                    new Cycle(lease.expiresAt(), omniscient.released(lease.account(), release, deadline)));
        } else if (cycle.job.deadline != deadline) {
            omniscient.move(cycle.job, deadline);
        }
        return deadline > now + SOON;
    }

    /**
     * The fleet has lost a lease.
     *
     * @param deadline of its key by the clock of the owner, which may own it only just now
     */
    void lost(String account, long deadline, String what) {
        Cycle cycle = cycles.get(account);
        if (cycle == null || cycle.lost) {
            return;
        }
        cycle.lost = true;
        omniscient.move(cycle.job, Math.min(deadline, cycle.job.deadline));
        int before = omniscient.lost;
        omniscient.step();
        unavoidable += omniscient.lost - before;
        lost++;
        total++;
        world.history.check(
                lost <= omniscient.lost + omniscient.lost / ROUNDED,
                account,
                () -> what + ": " + lost + " leases lost where " + omniscient.lost + " had to be; this one: "
                        + cycle.job);
    }
}
