package dev.listenkeyd.fleet;

import dev.listenkeyd.simulation.Agenda;
import dev.listenkeyd.simulation.NetworkConditions;
import dev.listenkeyd.simulation.SimulatedExchange;
import dev.listenkeyd.simulation.VirtualClocks;
import java.util.Random;
import org.jspecify.annotations.NullUnmarked;

/** A replica's machine: its clocks, its IP, and its ways to the exchange and to the database. One process after the other runs on it. */
@NullUnmarked
final class Machine {
    final String name;
    final Agenda agenda;
    final Random dice;
    final VirtualClocks clocks;
    final SimulatedExchange exchange;
    final NetworkConditions network;
    final Health health;
    /** Milliseconds that its wall clock is ahead of true time. */
    long skew;

    MemberProcess process;

    /** Times until which something is wrong, in milliseconds. */
    private long asleepUntil;

    private long cutUntil;
    private long flakyUntil;
    private long slowUntil;
    private final FleetSimulation world;

    Machine(FleetSimulation world, String name, SimulatedExchange others) {
        this.world = world;
        this.name = name;
        this.agenda = world.agenda;
        this.dice = world.dice;
        this.clocks = new VirtualClocks(agenda);
        this.exchange = new SimulatedExchange(others, clocks);
        this.network = new NetworkConditions(agenda, dice);
        this.health = new Health(this);
    }

    boolean isAsleep() {
        return agenda.now() < asleepUntil;
    }

    long asleepUntil() {
        return asleepUntil;
    }

    boolean reachesDatabase() {
        return agenda.now() >= cutUntil && !world.database.isDown();
    }

    /** Whether some of its transactions fail, before or after they were made. */
    boolean isFlaky() {
        return agenda.now() < flakyUntil;
    }

    boolean isSlow() {
        return agenda.now() < slowUntil;
    }

    boolean isQuick() {
        return reachesDatabase() && !isFlaky() && !isSlow() && !isAsleep();
    }

    boolean isRunning() {
        return process != null && !process.isDead() && !isAsleep();
    }

    /** @param suspended whether its monotonic clock stands still meanwhile */
    void sleep(long millis, boolean suspended) {
        if (isAsleep()) {
            return;
        }
        asleepUntil = agenda.now() + millis;
        if (suspended) {
            agenda.at(asleepUntil, () -> clocks.wake(millis));
        }
    }

    void cut(long millis) {
        cutUntil = Math.max(cutUntil, agenda.now() + millis);
    }

    void flaky(long millis) {
        flakyUntil = Math.max(flakyUntil, agenda.now() + millis);
    }

    void slow(long millis) {
        slowUntil = Math.max(slowUntil, agenda.now() + millis);
    }

    void clear() {
        cutUntil = agenda.now();
        flakyUntil = agenda.now();
        slowUntil = agenda.now();
        network.outageUntil = agenda.now();
        network.slowUntil = agenda.now();
        network.hiccups = 0;
        exchange.bannedUntil = Math.min(exchange.bannedUntil, agenda.now());
        exchange.blockedUntil = Math.min(exchange.blockedUntil, agenda.now());
        exchange.neighbours = 0;
    }
}
