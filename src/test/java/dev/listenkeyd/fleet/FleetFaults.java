package dev.listenkeyd.fleet;

import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;

import dev.listenkeyd.simulation.NetworkConditions.Fate;
import dev.listenkeyd.simulation.SimulatedExchange.Account;
import java.time.Duration;
import java.util.Random;
import org.jspecify.annotations.NullUnmarked;

/** Every kind of trouble that replicas meet, now and then, in any combination. */
@NullUnmarked
final class FleetFaults {
    private static final long SECOND = SECONDS.toMillis(1);
    private static final long MINUTE = MINUTES.toMillis(1);
    private static final long HOUR = HOURS.toMillis(1);

    private final FleetSimulation world;
    private final FleetClients clients;
    private final Random dice;
    private long end;

    FleetFaults(FleetSimulation world, FleetClients clients) {
        this.world = world;
        this.clients = clients;
        this.dice = world.dice;
    }

    void reign(Duration time) {
        end = world.agenda.now() + time.toMillis();
        often(20 * MINUTE, () -> crash(any(), upTo(dice.nextInt(4) == 0 ? HOUR : MINUTE)));
        often(30 * MINUTE, () -> stop(any(), upTo(5 * MINUTE)));
        often(30 * MINUTE, () -> sleep(any(), upTo(dice.nextInt(4) == 0 ? 90 * MINUTE : 3 * MINUTE)));
        often(30 * MINUTE, () -> cut(any(), upTo(dice.nextInt(4) == 0 ? 90 * MINUTE : 3 * MINUTE)));
        often(30 * MINUTE, () -> outage(any(), upTo(dice.nextInt(4) == 0 ? 90 * MINUTE : 3 * MINUTE)));
        often(8 * HOUR, this::outageOfAll);
        often(3 * HOUR, () -> databaseDown(upTo(dice.nextInt(4) == 0 ? 80 * MINUTE : MINUTE)));
        often(HOUR, () -> slow(any(), upTo(10 * MINUTE)));
        often(HOUR, () -> flaky(any(), upTo(10 * MINUTE)));
        often(2 * HOUR, () -> ban(any()));
        often(HOUR, () -> neighbour(any(), upTo(5 * MINUTE)));
        often(3 * HOUR, () -> slowReplies(any(), upTo(10 * MINUTE)));
        often(10 * MINUTE, () -> touch(clients.anybody()));
        often(30 * MINUTE, () -> refuse(clients.anybody(), upTo(30 * MINUTE)));
        often(30 * SECOND, clients::ask);
        if (world.setup.longestSkew() > 0) {
            often(HOUR, () -> skew(any()));
        }
    }

    private Machine any() {
        return world.machines.get(dice.nextInt(world.machines.size()));
    }

    private long upTo(long millis) {
        return 1 + (long) (dice.nextDouble() * millis);
    }

    /** Repeats at random intervals, so often on average, until the end. */
    private void often(long onAverage, Runnable what) {
        world.agenda.in(upTo(2 * onAverage), () -> {
            if (world.agenda.now() < end) {
                what.run();
                world.lookAtMachines();
                often(onAverage, what);
            }
        });
    }

    private void tell(Machine machine, String what) {
        world.history.accept(machine.name + " " + what);
    }

    /** A new member starts there afterwards. */
    void crash(Machine machine, long downtime) {
        if (machine.process != null && !machine.process.isDead() && !machine.isAsleep()) {
            world.crashes++;
            machine.process.die();
            world.agenda.in(downtime, () -> world.start(machine));
        }
    }

    void stop(Machine machine, long downtime) {
        if (machine.isRunning()) {
            tell(machine, "is told to stop");
            machine.process.stop();
            startWhenStopped(machine, downtime);
        }
    }

    private void startWhenStopped(Machine machine, long downtime) {
        world.agenda.in(downtime, () -> {
            if (machine.process.isDead()) {
                world.start(machine);
            } else {
                startWhenStopped(machine, MINUTE);
            }
        });
    }

    void sleep(Machine machine, long millis) {
        tell(machine, "sleeps for " + millis + " ms");
        machine.sleep(millis, dice.nextBoolean());
    }

    void cut(Machine machine, long millis) {
        tell(machine, "does not reach the database for " + millis + " ms");
        machine.cut(millis);
    }

    void outage(Machine machine, long millis) {
        Fate fate = dice.nextBoolean() ? null : machine.network.anyTrouble();
        tell(machine, "does not reach the exchange for " + millis + " ms: " + fate);
        machine.network.outage(millis, fate);
    }

    private void outageOfAll() {
        long millis = upTo(90 * MINUTE);
        world.machines.forEach(machine -> outage(machine, millis));
    }

    void databaseDown(long millis) {
        world.history.accept("the database is down for " + millis + " ms");
        world.database.downUntil = Math.max(world.database.downUntil, world.agenda.now() + millis);
    }

    void slow(Machine machine, long millis) {
        tell(machine, "has slow commits for " + millis + " ms");
        machine.slow(millis);
    }

    void flaky(Machine machine, long millis) {
        tell(machine, "loses transactions and their answers for " + millis + " ms");
        machine.flaky(millis);
    }

    void ban(Machine machine) {
        machine.exchange.ban();
        tell(machine, "is banned until " + machine.exchange.bannedUntil);
    }

    void neighbour(Machine machine, long millis) {
        tell(machine, "has a noisy neighbour for " + millis + " ms");
        machine.exchange.neighbours = 200 + dice.nextInt(500);
        world.agenda.in(millis, () -> machine.exchange.neighbours = 0);
    }

    private void slowReplies(Machine machine, long millis) {
        tell(machine, "has slow replies for " + millis + " ms");
        machine.network.slowUntil = world.agenda.now() + millis;
    }

    private void touch(String name) {
        Account account = world.exchange.account(name);
        boolean replaced = dice.nextBoolean();
        if (replaced) {
            account.replaceKey();
        } else {
            account.closeKey();
        }
        world.losses.troubled(name);
        world.history.accept(name, replaced ? "replaced by somebody else" : "closed by somebody else");
    }

    private void refuse(String name, long millis) {
        Account account = world.exchange.account(name);
        account.refusedUntil = Math.max(account.refusedUntil, world.agenda.now() + millis);
        world.losses.troubledUntil(name, account.refusedUntil + 5 * MINUTE);
        world.history.accept(name, "its credentials are refused for " + millis + " ms");
    }

    private void skew(Machine machine) {
        long most = world.setup.longestSkew();
        long ahead = upTo(2 * most) - most;
        long by = ahead - machine.skew;
        machine.skew = ahead;
        machine.clocks.stepWallClock(by);
        tell(machine, "has its wall clock " + ahead + " ms ahead of true time");
    }

    /** The faults end at once. */
    void clear() {
        world.history.accept("all is well again");
        world.database.downUntil = world.agenda.now();
        for (Machine machine : world.machines) {
            machine.clear();
            world.agenda.at(machine.asleepUntil(), () -> startIfDead(machine));
        }
        clients.resumeAll();
        world.lookAtMachines();
    }

    private void startIfDead(Machine machine) {
        world.agenda.in(SECOND, () -> world.start(machine));
    }
}
