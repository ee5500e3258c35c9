package dev.listenkeyd.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.renewal.Confirmation;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * The promise: no key is lost that could have been kept, and no loss goes unnoticed. Each run is a world of its own that
 * follows from its seed; a run that breaks a promise prints seed, instant and the story of the lease.
 */
@NullUnmarked
@Execution(ExecutionMode.CONCURRENT)
class RenewalSimulationTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    /** Two at a time; together a million attempts. */
    @Test
    void roughWeatherBreaksNoPromise() {
        List<RandomRun> runs = List.of(
                new RandomRun(SimulationSetup.of(1, 300).checking(MINUTE), Duration.ofDays(3)),
                new RandomRun(SimulationSetup.of(2, 3000).checking(MINUTE), Duration.ofDays(1)),
                new RandomRun(SimulationSetup.of(3, 40).checking(MINUTE.multipliedBy(5)), Duration.ofDays(15)),
                new RandomRun(SimulationSetup.of(4, 1000), Duration.ofDays(4)),
                new RandomRun(
                        SimulationSetup.of(5, 500).with(Confirmation.ALWAYS).checking(MINUTE), Duration.ofDays(4)),
                new RandomRun(
                        SimulationSetup.of(6, 700)
                                .with(Confirmation.NEVER)
                                .withWeight(60)
                                .checking(MINUTE),
                        Duration.ofDays(4)));

        long attempts = RandomRun.all(runs).stream()
                .mapToLong(RandomRun.Report::attempts)
                .sum();

        assertThat(attempts).isGreaterThan(1_000_000);
    }

    /** Short runs from many seeds: rare coincidences at the start of a world, too. */
    @Test
    void noSeedBreaksAPromise() {
        List<RandomRun> runs = IntStream.range(100, 124)
                .mapToObj(seed -> SimulationSetup.of(seed, 10 + seed % 7 * 20))
                .map(setup -> setup.seed() % 2 == 0 ? setup.checking(MINUTE) : setup)
                .map(setup -> new RandomRun(setup, Duration.ofDays(1)))
                .toList();

        List<RandomRun.Report> reports = RandomRun.all(runs);

        assertThat(reports).allMatch(report -> report.attempts() > 0);
    }
}
