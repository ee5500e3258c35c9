package dev.listenkeyd.simulation;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.lease.Lease;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;

/**
 * Goes round every minute: no lease is forgotten, none is called alive after its deadline, what is due starts while the
 * gate would let it, and what has changed is written while the store takes it.
 */
@NullUnmarked
final class MinutelyInvariants {
    private static final int ROUND = 60;
    /** A lease may wait that long while calls could leave: a tick, and a few for those before it. */
    private static final long PATIENCE = 5000;

    private static final int BUSY_SHARE = 4;

    /** After a sleep of hours all keys are dead at once: each tick declares a thousand of them lost. */
    private static final int TICKS_TO_DECLARE = 5;

    /** Comparing all leases with all rows is the dearest of all checks; what is not written stays so. */
    private static final int ROUNDS_PER_INVENTORY = 10;

    private final Simulation world;
    private int ticks;
    private int ticksAwake;
    private int rounds;
    /** Leases a round before the inventory: by then they are written, unless the store fails. */
    private final Map<String, Lease> seen = new HashMap<>();

    private long freeSince;
    private long newUntil;

    MinutelyInvariants(Simulation world) {
        this.world = world;
    }

    /** After every tick of the daemon. */
    void look() {
        SimulatedDaemon process = world.process;
        long now = world.agenda.now();
        // Whether the exchange answers matters: a probe that hangs may hold back the others.
        boolean free = process.gate.closed() == null
                && world.omniscient.isServing()
                && world.calls.weightInWindow() < process.gate.weightLimit() / BUSY_SHARE
                && !process.gate.isShut()
                && !world.faults.isNoisyLately()
                && now > newUntil
                && process.engine.inFlight() < ExchangeGate.MAX_CALLS_IN_FLIGHT / 2;
        // Others on this IP may have used what we have not.
        boolean spare = world.calls.weightInWindow() < world.setup.budget().weight() / 2 && !process.gate.isShut();
        if (spare) {
            world.omniscient.spare(now);
        }
        freeSince = free ? Math.min(freeSince, now) : Long.MAX_VALUE;
        ticksAwake++;
        if (++ticks % ROUND == 0) {
            goRound(now);
        }
    }

    /** A new process takes what an earlier one may have used of the window for used now. */
    void begin() {
        seen.clear();
        newUntil = world.agenda.now() + world.setup.budget().window().toMillis();
    }

    /** There is no daemon to be watched now. */
    void rest() {
        freeSince = Long.MAX_VALUE;
        ticksAwake = 0;
    }

    private void goRound(long now) {
        Instant wall = world.clocks.instant();
        Instant overdue = wall.minusMillis(PATIENCE);
        Instant settled = wall.plusSeconds(ROUND);
        boolean idle = true;
        for (Lease lease : world.process.registry.all()) {
            Instant next = lease.state().nextAttemptAt();
            if (next != null && next.isBefore(overdue) && !world.calls.isInFlight(lease.account())) {
                idle = false;
                world.chronicle.check(
                        now - freeSince <= PATIENCE,
                        lease.account(),
                        () -> "due since " + next + " and not tried, though calls could leave for " + (now - freeSince)
                                + " ms: " + world.process.gate.weightUsed() + " of the weight used, "
                                + world.process.engine.inFlight() + " in flight");
            }
            if (ticksAwake >= TICKS_TO_DECLARE) {
                world.pauses.look(lease);
            }
            Instant deadline = lease.expiresAt();
            // Whoever dies within the next minute is not settled yet.
            idle &= deadline == null || deadline.isAfter(settled);
            // A call under way when the clock was set ahead may still renew it.
            world.chronicle.check(
                    deadline == null
                            || deadline.isAfter(overdue.minusMillis(PATIENCE))
                            || world.calls.isInFlight(lease.account())
                            || ticksAwake < TICKS_TO_DECLARE,
                    lease.account(),
                    "alive after its deadline");
        }
        if (++rounds % ROUNDS_PER_INVENTORY == 0) {
            checkStored(now);
        } else if ((rounds + 1) % ROUNDS_PER_INVENTORY == 0) {
            world.process.registry.all().forEach(lease -> seen.put(lease.account(), lease));
        }
        world.omniscient.advance(now);
        if (idle && world.omniscient.isIdle()) {
            world.omniscient.calm();
            world.expiredLately = 0;
        }
    }

    private void checkStored(long now) {
        // A machine that slept until just now has not had the time.
        long hindered = Math.max(world.store.hangsUntil, world.faults.asleepUntil());
        boolean works = now - Math.max(world.store.failedAt, hindered) > ROUND * SimulatedDaemon.TICK;
        for (Lease lease : world.process.registry.all()) {
            Lease old = seen.get(lease.account());
            Lease row = world.store.rows.get(lease.account());
            boolean current = old == null || !old.isSameRegistration(lease) || world.store.holds(old);
            boolean written = row != null && row.isSameRegistration(lease) && current;
            world.chronicle.check(!works || written, lease.account(), () -> "not written a minute later: " + row);
        }
        seen.clear();
    }
}
