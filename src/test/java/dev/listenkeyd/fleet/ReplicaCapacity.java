package dev.listenkeyd.fleet;

import dev.listenkeyd.simulation.Handicaps;
import dev.listenkeyd.simulation.SimulatedExchange;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.NullUnmarked;

/** What one replica can do for the {@link FleetOmniscient}, from its start to its end: since when, and how many calls. */
@NullUnmarked
final class ReplicaCapacity {
    static final long NEVER = Long.MAX_VALUE;
    private static final int NOISY_SHARE = 2;

    final MemberProcess process;
    final Handicaps handicaps;
    /** Since when the exchange would serve its calls, and since when it would not. */
    long servesSince = NEVER;

    long unableSince;
    /** Since when it has the database, and since when it can't prolong its claims. */
    long databaseSince = NEVER;

    long silentSince;

    private final FleetSimulation world;
    private final Deque<Long> sent = new ArrayDeque<>();

    ReplicaCapacity(FleetSimulation world, MemberProcess process) {
        this.world = world;
        this.process = process;
        this.handicaps = new Handicaps(world.setup.each(), process.machine.network);
        this.unableSince = world.agenda.now();
        this.silentSince = world.agenda.now();
    }

    /** Call it every second, and whenever something was done to the machine. */
    void look() {
        long now = world.agenda.now();
        boolean works = process.machine.isRunning() && !process.isDead() && !process.isStopping();
        boolean database = works && process.machine.isQuick();
        databaseSince = !database ? NEVER : Math.min(databaseSince, now);
        boolean silent = !works || !process.machine.reachesDatabase();
        silentSince = silent ? Math.min(silentSince, now) : NEVER;
        boolean serves = works && isServed(now);
        if (serves && servesSince == NEVER) {
            // Half of a window's weight is gone: the probes that found the return.
            spend(handicaps.probes());
        }
        servesSince = serves ? Math.min(servesSince, now) : NEVER;
        unableSince = serves ? NEVER : Math.min(unableSince, now);
    }

    /** As for one daemon: nothing is asked while a neighbour takes half of the limit, nor while replies take seconds. */
    private boolean isServed(long now) {
        Machine machine = process.machine;
        return !machine.network.isOut()
                && now >= machine.network.slowUntil
                && machine.exchange.serves()
                && machine.exchange.neighbours * NOISY_SHARE < SimulatedExchange.LIMIT
                && process.gate.closed() == null;
    }

    boolean hasDatabaseFor(long millis) {
        return databaseSince <= world.agenda.now() - millis;
    }

    boolean isSilentFor(long millis) {
        return silentSince <= world.agenda.now() - millis;
    }

    /** Weight that is left in this window; what was refused by the exchange has lowered it. */
    int free() {
        return process.gate.weightLimit() - used();
    }

    /** As {@link #free}, for leases of others: a replica takes its share back slowly, as its weight grows. */
    int freeForOthers() {
        long served = world.agenda.now() - servesSince;
        long whole = FleetWeight.RETURN.toMillis();
        return (int) (process.gate.weightLimit() * Math.min(whole, Math.max(whole / 10, served)) / whole) - used();
    }

    private int used() {
        long now = process.machine.clocks.monotonicMillis();
        while (!sent.isEmpty() && sent.peekFirst() <= now - handicaps.window()) {
            sent.pollFirst();
        }
        return sent.size();
    }

    /** Weight that is gone at once, as far as there is any. */
    void spend(int calls) {
        for (int left = Math.min(calls, free()); left > 0; left--) {
            sent.addLast(process.machine.clocks.monotonicMillis());
        }
    }
}
