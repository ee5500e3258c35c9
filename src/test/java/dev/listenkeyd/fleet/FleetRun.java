package dev.listenkeyd.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.NullUnmarked;

/** One fleet in trouble, from its setup to what came of it. */
@NullUnmarked
record FleetRun(FleetSetup setup, Duration time, Consumer<FleetDatabase.Defects> planted) {
    /** For what sleeps to wake, and for the leases to come back to where they belong. */
    private static final Duration AFTERMATH = Duration.ofMinutes(20);

    private static final long ARRIVAL = 600_000;

    FleetRun(FleetSetup setup, Duration time) {
        this(setup, time, defects -> {});
    }

    /** What came of a run. */
    record Report(FleetSetup setup, long calls, String line) {
        @Override
        public String toString() {
            return line;
        }
    }

    /** Runs all, on all processors, and prints a line for each. */
    static List<Report> all(List<FleetRun> runs) {
        return runs.parallelStream().map(FleetRun::run).toList();
    }

    Report run() {
        long started = System.nanoTime();
        try (FleetSimulation world = new FleetSimulation(setup)) {
            planted.accept(world.database.defects);
            FleetClients clients = new FleetClients(world);
            FleetFaults faults = new FleetFaults(world, clients);
            world.machines.forEach(world::start);
            clients.arrive(ARRIVAL);
            faults.reign(time);
            world.runFor(time);
            faults.clear();
            world.runFor(Duration.ofMillis(world.machines.stream()
                    .mapToLong(machine -> Math.max(0, machine.asleepUntil() - world.agenda.now()))
                    .max()
                    .orElse(0)));
            world.runFor(AFTERMATH);
            world.ownership.checkSettled();
            assertThat(world.database.rows.keySet())
                    .as("%s: nobody registered is forgotten", setup)
                    .containsAll(clients.registered());
            Report report = new Report(
                    setup,
                    world.calls.made,
                    String.format(
                            Locale.ROOT,
                            "seed %d: %d replicas, %d of %d leases, %d calls (%d by others, %d extra), %d changes of owner %s,"
                                    + " %d crashes, %d commands (%d registrations accepted, slowest %d s), %d died %d declared (%d unknowingly, %d by the bound where %d had to be),"
                                    + " longest without owner %d ms, %d own and %d foreign events (%d late), %.1f s",
                            setup.each().seed(),
                            setup.replicas(),
                            world.database.rows.size(),
                            setup.each().accounts(),
                            world.calls.made,
                            world.calls.byOthers,
                            world.calls.extra,
                            world.rows.changesOfOwner,
                            world.takeovers,
                            world.crashes,
                            clients.commands,
                            clients.accepted,
                            clients.slowest,
                            world.losses.dead,
                            world.losses.declared,
                            world.losses.declaredUnknowing,
                            world.losses.bound.total,
                            world.losses.bound.unavoidable,
                            world.ownership.longest,
                            world.subscribers.own,
                            world.subscribers.foreign,
                            world.subscribers.late,
                            (System.nanoTime() - started) / 1e9));
            System.out.println(report);
            return report;
        }
    }
}
