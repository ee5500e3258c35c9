package dev.listenkeyd.simulation;

import static java.util.concurrent.TimeUnit.HOURS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.renewal.Confirmation;
import dev.listenkeyd.simulation.SimulatedExchange.Account;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullUnmarked;

/** One world in rough weather, from its setup to what came of it. */
@NullUnmarked
record RandomRun(SimulationSetup setup, Duration time) {
    /** Ends every outage, ban and refusal, and lets everybody recover. */
    private static final Duration AFTERMATH = Duration.ofHours(6);

    private static final int MINUTES_PER_ROUND = 24;

    private static final double DAY = HOURS.toSeconds(24);

    /** What came of a run, as one line. */
    record Report(
            SimulationSetup setup,
            long attempts,
            long losses,
            long expired,
            long rotations,
            long crashes,
            long pauses,
            double days,
            double seconds) {
        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "seed %d: %d leases, %.0f days, %d attempts, %d losses (%d expired), %d rotations, %d crashes, %d pauses, %.1f s",
                    setup.seed(),
                    setup.accounts(),
                    days,
                    attempts,
                    losses,
                    expired,
                    rotations,
                    crashes,
                    pauses,
                    seconds);
        }
    }

    /** Runs all, on all processors, and prints a line for each. */
    static List<Report> all(List<RandomRun> runs) {
        return runs.parallelStream().map(RandomRun::run).toList();
    }

    Report run() {
        long started = System.nanoTime();
        try (Simulation world = new Simulation(setup)) {
            SimulatedClients callers = new SimulatedClients(world);
            callers.arrive();
            new RandomFaults(world, callers).reign(time);
            world.runFor(time);
            world.faults.clear();
            world.runFor(AFTERMATH.dividedBy(2));
            assertThat(names(world))
                    .as("%s: nobody registered is forgotten", setup)
                    .containsAll(callers.registered());
            callers.allReturn();
            world.runFor(AFTERMATH.dividedBy(2));
            assertAllLive(world);
            world.losses.checkRecorded(world.process.registry.all());
            Report report = new Report(
                    setup,
                    world.calls.attempts,
                    world.leases.losses,
                    world.expired,
                    world.leases.rotations,
                    world.crashes,
                    world.pauses.ended,
                    time.plus(AFTERMATH).toSeconds() / DAY,
                    (System.nanoTime() - started) / 1e9);
            System.out.println(report);
            return report;
        }
    }

    private static Set<String> names(Simulation world) {
        return world.process.registry.all().stream().map(Lease::account).collect(Collectors.toSet());
    }

    private static void assertAllLive(Simulation world) {
        Instant now = world.clocks.instant();
        assertThat(names(world))
                .as("%s: all register when all is well", world.setup)
                .hasSize(world.setup.accounts());
        // Without questions nobody can notice that the account has got another key; a large fleet has no weight for
        // them.
        boolean blind = world.setup.confirmation() == Confirmation.NEVER
                || world.setup.accounts() > world.setup.budget().weight() * MINUTES_PER_ROUND / 2;
        for (Lease lease : world.process.registry.all()) {
            Account account = world.exchange.account(lease.account());
            boolean lives = lease.isLive()
                    && lease.expiresAt().isAfter(now)
                    && (lease.key().value().equals(account.key()) || (blind && account.touched));
            world.chronicle.check(
                    lives || lease.onLoss() == OnLoss.REPORT, lease.account(), "does not live when all is well again");
        }
    }
}
