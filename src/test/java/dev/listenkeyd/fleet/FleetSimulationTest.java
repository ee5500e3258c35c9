package dev.listenkeyd.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The promise of a fleet: no lease is without an owner for long, and none is lost that some replica could have kept. */
@NullUnmarked
@Execution(ExecutionMode.CONCURRENT)
class FleetSimulationTest {
    private static final int SCARCE_ACCOUNTS = 300;
    private static final int MINUTES_BETWEEN_RENEWALS = 27;

    @Test
    void noSeedBreaksAPromise() {
        List<FleetRun> runs = IntStream.range(0, 24)
                .mapToObj(seed -> run(seed, Duration.ofHours(2)))
                .toList();

        assertThat(FleetRun.all(runs)).allMatch(report -> report.calls() > 0);
    }

    @Test
    void noSeedLosesMoreThanItHasToWhereTheWeightOfAllIsScarce() {
        List<FleetRun> runs = LongStream.of(11)
                .mapToObj(seed -> scarce(seed, Duration.ofHours(2)))
                .toList();

        assertThat(FleetRun.all(runs)).allMatch(report -> report.calls() > 0);
    }

    /** The weight of all replicas together is one and a half times what the renewals take. */
    static FleetRun scarce(long seed, Duration time) {
        int replicas = seed % 2 == 0 ? 3 : 5;
        int renewals = SCARCE_ACCOUNTS / MINUTES_BETWEEN_RENEWALS;
        return new FleetRun(
                FleetSetup.of(seed, replicas, SCARCE_ACCOUNTS).withWeight(renewals * 3 / 2 / replicas + 1), time);
    }

    static FleetRun run(long seed, Duration time) {
        int kind = (int) Math.floorMod(seed, 60L);
        FleetSetup setup = FleetSetup.of(seed, 2 + kind % 4, 20 + kind % 5 * 30);
        setup = kind % 2 == 0 ? setup.checking() : setup;
        setup = kind % 3 == 0 ? setup.skewed(180_000) : setup;
        return new FleetRun(setup, time);
    }
}
