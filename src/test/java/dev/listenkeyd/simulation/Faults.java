package dev.listenkeyd.simulation;

import dev.listenkeyd.simulation.NetworkConditions.Fate;
import dev.listenkeyd.simulation.SimulatedExchange.Account;
import org.jspecify.annotations.NullUnmarked;

/** What is done to a simulated world: each of these may happen at any instant, during any other. */
@NullUnmarked
final class Faults {
    private static final long MINUTE = 60_000;
    /** Weight per minute that a quiet neighbour takes at most. */
    private static final int QUIET = 80;

    private final Simulation world;
    private long noisyUntil = Long.MIN_VALUE;
    private long asleepUntil = Long.MIN_VALUE;
    private long downtime = 1000;

    Faults(Simulation world) {
        this.world = world;
    }

    boolean isAsleep() {
        return world.agenda.now() < asleepUntil;
    }

    long asleepUntil() {
        return asleepUntil;
    }

    long downtime() {
        return downtime;
    }

    boolean isNoisyNow() {
        return world.agenda.now() < noisyUntil;
    }

    void outage(long millis, Fate only) {
        world.weather.outage(millis, only);
        world.chronicle.accept("outage for " + millis + " ms: " + (only == null ? "mixed" : only));
        world.look();
    }

    void slowReplies(long millis) {
        world.weather.slowUntil = Math.max(world.weather.slowUntil, world.agenda.now() + millis);
        world.chronicle.accept("replies are slow for " + millis + " ms");
        world.look();
    }

    /** Another program on this IP takes so much weight per minute for so long, and little afterwards. */
    void noisyNeighbour(int weight, long millis) {
        world.chronicle.accept("a neighbour takes " + weight + " a minute for " + millis + " ms");
        world.exchange.neighbours = weight;
        noisyUntil = Math.max(noisyUntil, world.agenda.now() + millis);
        world.look();
        world.agenda.in(
                millis,
                () -> world.exchange.neighbours = world.agenda.now() < noisyUntil ? weight : world.dice.nextInt(QUIET));
    }

    /** Whether the daemon may still hold back because of what it saw of others. */
    boolean isNoisyLately() {
        return world.agenda.now() < noisyUntil + 2 * MINUTE;
    }

    void refuse(String name, long millis) {
        Account account = world.exchange.account(name);
        account.refusedUntil = Math.max(account.refusedUntil, world.agenda.now() + millis);
        world.chronicle.accept(name, "its credentials are refused for " + millis + " ms");
        world.omniscient.refuse(name, world.agenda.now());
        world.agenda.in(millis, () -> {
            if (!account.isRefused(world.agenda.now())) {
                world.omniscient.accept(name, world.agenda.now());
            }
        });
    }

    /** Another program closes the key, or replaces it. */
    void touch(String name) {
        Account account = world.exchange.account(name);
        account.touched = true;
        boolean replaced = world.dice.nextBoolean();
        if (replaced) {
            account.replaceKey();
        } else {
            account.closeKey();
        }
        world.chronicle.accept(name, replaced ? "replaced by somebody else" : "closed by somebody else");
    }

    /** No write of the store ends for so long; all else works. */
    void storeHangs(long millis) {
        world.store.hangsUntil = Math.max(world.store.hangsUntil, world.agenda.now() + millis);
        world.chronicle.accept("the store hangs for " + millis + " ms");
    }

    /** The weather clears up at once, and stays so. */
    void clear() {
        world.chronicle.accept("all is well again");
        world.weather.outageUntil = world.agenda.now();
        world.weather.slowUntil = world.agenda.now();
        world.exchange.bannedUntil = Math.min(world.exchange.bannedUntil, world.agenda.now() + 60 * MINUTE);
        world.exchange.blockedUntil = Math.min(world.exchange.blockedUntil, world.agenda.now());
        world.weather.hiccups = 0;
        world.look();
    }

    /** Only while the daemon runs: a set clock that nobody saw being set can't be told from the right one. */
    void stepWallClock(long millis) {
        if (!world.isRunning()) {
            world.agenda.in(MINUTE, () -> stepWallClock(millis));
            return;
        }
        world.chronicle.accept("the wall clock is set by " + millis + " ms");
        world.clocks.stepWallClock(millis);
        world.calls.allMayHurry();
        world.watchman.rest();
        if (millis < 0) {
            world.leases.clockSetBack();
            world.calls.clockSetBack(-millis);
        } else {
            world.omniscient.deadlinesNearer(millis);
        }
    }

    void suspend(long millis) {
        if (isAsleep()) {
            return;
        }
        world.chronicle.accept("the machine sleeps for " + millis + " ms");
        asleepUntil = world.agenda.now() + millis;
        world.look();
        world.agenda.at(asleepUntil, () -> {
            world.clocks.wake(millis);
            world.calls.allMayHurry();
        });
    }

    void crash(long millis) {
        if (!world.process.isDead()) {
            downtime = millis;
            world.process.die();
        }
    }

    /** At the next write instead of now. */
    void crashAt(SimulatedStore.Death step, long millis) {
        downtime = millis;
        world.store.death = step;
    }
}
