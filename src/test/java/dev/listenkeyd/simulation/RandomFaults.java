package dev.listenkeyd.simulation;

import static java.util.concurrent.TimeUnit.DAYS;
import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;

import dev.listenkeyd.simulation.SimulatedStore.Death;
import java.time.Duration;
import java.util.Random;
import org.jspecify.annotations.NullUnmarked;

/** Every kind of trouble, now and then, in any combination; the last of it ends soon after its time. */
@NullUnmarked
final class RandomFaults {
    private static final long MINUTE = MINUTES.toMillis(1);
    private static final long HOUR = HOURS.toMillis(1);

    private final Simulation world;
    private final SimulatedClients callers;
    private final Random dice;
    private long end;

    RandomFaults(Simulation world, SimulatedClients callers) {
        this.world = world;
        this.callers = callers;
        this.dice = world.dice;
    }

    void reign(Duration time) {
        end = world.agenda.now() + time.toMillis();
        often(10 * HOUR, () -> world.faults.outage(upTo(80 * MINUTE), null));
        often(20 * HOUR, () -> world.faults.outage(upTo(70 * MINUTE), world.weather.anyTrouble()));
        often(2 * HOUR, () -> world.faults.outage(upTo(2 * MINUTE), world.weather.anyTrouble()));
        often(5 * HOUR, () -> world.faults.slowReplies(upTo(20 * MINUTE)));
        often(7 * HOUR, () -> world.faults.noisyNeighbour(200 + dice.nextInt(500), upTo(10 * MINUTE)));
        often(36 * HOUR, this::ban);
        often(30 * HOUR, this::firewall);
        often(HOUR, () -> world.faults.refuse(callers.anybody(), upTo(90 * MINUTE)));
        often(20 * MINUTE, () -> world.faults.touch(callers.anybody()));
        often(8 * HOUR, this::crash);
        often(9 * HOUR, this::storeTrouble);
        often(9 * HOUR, () -> world.faults.storeHangs(upTo(30 * MINUTE)));
        often(30 * HOUR, this::wrongTime);
        often(40 * HOUR, () -> world.faults.suspend(upTo(dice.nextInt(4) == 0 ? 3 * HOUR : 20 * MINUTE)));
        often(10 * MINUTE, callers::ask);
        often(15 * MINUTE, callers::pause);
        often(HOUR, callers::resume);
    }

    private long upTo(long millis) {
        return 1 + (long) (dice.nextDouble() * millis);
    }

    private int sign() {
        return dice.nextBoolean() ? 1 : -1;
    }

    /** Repeats at random intervals, so often on average, until the end. */
    private void often(long onAverage, Runnable what) {
        world.agenda.in(upTo(2 * onAverage), () -> {
            if (world.agenda.now() < end) {
                what.run();
                often(onAverage, what);
            }
        });
    }

    /** Somebody sets the clock wrong, and hours later it is set right. */
    private void wrongTime() {
        long by = sign() * (2500 + upTo(dice.nextBoolean() ? 2 * HOUR : MINUTE));
        world.faults.stepWallClock(by);
        world.agenda.in(upTo(12 * HOUR), () -> world.faults.stepWallClock(-by));
    }

    private void ban() {
        world.exchange.worstBan = dice.nextInt(20) == 0 ? 6 : 3;
        world.exchange.ban();
        world.chronicle.accept("banned until " + VirtualClocks.exchangeTime(world.exchange.bannedUntil));
        world.look();
    }

    private void firewall() {
        world.exchange.blockedUntil = world.agenda.now() + upTo(10 * MINUTE);
        world.chronicle.accept("blocked until " + VirtualClocks.exchangeTime(world.exchange.blockedUntil));
        world.look();
    }

    private void crash() {
        long downtime = dice.nextInt(5) == 0 ? upTo(70 * MINUTE) : upTo(SECONDS.toMillis(30));
        switch (dice.nextInt(3)) {
            case 0 -> world.faults.crash(downtime);
            case 1 -> world.faults.crashAt(Death.BEFORE_WRITE, downtime);
            default -> world.faults.crashAt(Death.AFTER_WRITE, downtime);
        }
    }

    private void storeTrouble() {
        world.store.down = true;
        world.store.lying = dice.nextBoolean() ? dice.nextDouble() : 0;
        world.chronicle.accept("the store fails; of its failing writes are written all the same: " + world.store.lying);
        world.agenda.in(upTo(30 * MINUTE), () -> {
            world.store.down = false;
            world.chronicle.accept("the store works");
        });
    }

    /** Longest trouble of all, for those who wait until it is over. */
    static Duration longest() {
        return Duration.ofMillis(DAYS.toMillis(3));
    }
}
