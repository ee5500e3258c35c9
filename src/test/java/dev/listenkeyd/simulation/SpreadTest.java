package dev.listenkeyd.simulation;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.RenewalEvent;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Leases that started together drift apart, and none is late for it. */
@NullUnmarked
@Execution(ExecutionMode.CONCURRENT)
class SpreadTest {
    private static final Duration ROUND = Given.POLICY.renewEvery();
    private static final int BUCKET_SECONDS = 10;
    /** After five of them chance still decides, by the seed, whether the rest of a burst makes somebody late. */
    private static final int ROUNDS = 8;
    /** No key waits longer than this past its latest renewal: a tick, and a queue of a few seconds. */
    private static final int LATE = 5;

    /** Renewals per bucket of time, and the latest of them. */
    private static final class Spread {
        final int[] buckets = new int[(int) ROUND.toSeconds() / BUCKET_SECONDS];
        Duration latest = Duration.ZERO;
        private final long from;
        private final Simulation world;

        Spread(Simulation world) {
            this.world = world;
            this.from = world.agenda.now();
        }

        void count(RenewalEvent event) {
            Duration late = event.lateness();
            if (late != null) {
                latest = late.compareTo(latest) > 0 ? late : latest;
                long bucket = (world.agenda.now() - from) / 1000 / BUCKET_SECONDS;
                buckets[(int) Math.min(bucket, buckets.length - 1)]++;
            }
        }

        int fullest() {
            return Arrays.stream(buckets).max().orElse(0);
        }

        double mean() {
            return Arrays.stream(buckets).average().orElse(0);
        }
    }

    @ParameterizedTest(name = "{0} leases")
    @ValueSource(ints = {300, 1000, 3000})
    void registeredAtOnceTheyDriftApart(int fleet) {
        SimulationSetup setup = SimulationSetup.of(fleet, fleet).registeredWithin(1);
        try (FaultFreeWorld world = new FaultFreeWorld(setup).after(ROUND.multipliedBy(ROUNDS))) {
            assertNearlyEven(world);
        }
    }

    @ParameterizedTest(name = "{0} leases")
    @ValueSource(ints = {300, 1000, 2000})
    void overdueAllAtOnceTheyDriftApart(int fleet) {
        SimulationSetup setup = SimulationSetup.of(fleet, fleet).registeredWithin(1);
        // All are registered by minute 10 and due by minute 40; the first would die at minute 60.
        try (FaultFreeWorld world = new FaultFreeWorld(setup).after(ofMinutes(20))) {
            world.simulation.faults.crash(ofMinutes(33).toMillis());
            world.after(ROUND.multipliedBy(ROUNDS + 1));
            assertThat(world.lost()).isZero();
            assertNearlyEven(world);
        }
    }

    private static void assertNearlyEven(FaultFreeWorld world) {
        Spread spread = new Spread(world.simulation);
        world.observedBy(spread::count).after(ROUND);
        assertThat(spread.latest).isLessThanOrEqualTo(ofSeconds(LATE));
        // Near even: three times the mean, and what chance adds to that. A burst is far beyond.
        double most = 3 * spread.mean();
        assertThat((double) spread.fullest()).isLessThanOrEqualTo(most + 3 * Math.sqrt(most));
    }
}
