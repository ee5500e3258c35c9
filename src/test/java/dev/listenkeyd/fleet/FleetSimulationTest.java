package dev.listenkeyd.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The promise of a fleet: no lease is without an owner for long, and none is lost that some replica could have kept. */
@NullUnmarked
@Execution(ExecutionMode.CONCURRENT)
class FleetSimulationTest {

    @Test
    void noSeedBreaksAPromise() {
        List<FleetRun> runs = IntStream.range(0, 24)
                .mapToObj(seed -> run(seed, Duration.ofHours(2)))
                .toList();

        assertThat(FleetRun.all(runs)).allMatch(report -> report.calls() > 0);
    }

    @Test
    void noSeedLosesMoreThanABudgetThatIsScarceForAll() {
        List<FleetRun> runs = IntStream.range(Integer.getInteger("s0", 0), Integer.getInteger("s1", 6))
                .mapToObj(seed -> scarce(seed, Duration.ofHours(2)))
                .toList();

        assertThat(FleetRun.all(runs)).allMatch(report -> report.calls() > 0);
    }

    /** All budgets together are {@code 1.5} times what the renewals take. */
    static FleetRun scarce(long seed, Duration time) {
        int replicas = seed % 2 == 0 ? 3 : 5;
        int accounts = 300;
        FleetSetup setup = FleetSetup.of(seed, replicas, accounts);
        int weight = (int) Math.ceil(Double.parseDouble(System.getProperty("k", "1.5")) * accounts / 27 / replicas);
        return new FleetRun(setup.withWeight(weight), time);
    }

    static FleetRun run(long seed, Duration time) {
        int kind = (int) Math.floorMod(seed, 60L);
        FleetSetup setup = FleetSetup.of(seed, 2 + kind % 4, 20 + kind % 5 * 30);
        setup = kind % 2 == 0 ? setup.checking() : setup;
        setup = kind % 3 == 0 ? setup.skewed(180_000) : setup;
        return new FleetRun(setup, time);
    }
}
