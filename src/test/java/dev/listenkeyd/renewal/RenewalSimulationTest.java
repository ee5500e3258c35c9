package dev.listenkeyd.renewal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/**
 * The promise: no key is lost that could have been kept, and no loss goes unnoticed. Each run is a world of its own that
 * follows from its seed; a run that breaks a promise prints seed, instant and the story of the lease.
 */
@NullUnmarked
class RenewalSimulationTest {

    /** Two at a time; together two million attempts. */
    @Test
    void roughWeatherBreaksNoPromise() {
        List<RoughRun> runs = List.of(
                new RoughRun(Setup.of(1, 300), Duration.ofDays(10)),
                new RoughRun(Setup.of(2, 3000), Duration.ofDays(3)),
                new RoughRun(Setup.of(3, 40), Duration.ofDays(60)),
                new RoughRun(Setup.of(4, 1000), Duration.ofDays(9)),
                new RoughRun(Setup.of(5, 500).with(Confirmation.ALWAYS), Duration.ofDays(12)),
                new RoughRun(Setup.of(6, 700).with(Confirmation.NEVER).withWeight(60), Duration.ofDays(7)));

        long attempts =
                RoughRun.all(runs).stream().mapToLong(RoughRun.Report::attempts).sum();

        assertThat(attempts).isGreaterThan(2_000_000);
    }

    /** Short runs from many seeds: rare coincidences at the start of a world, too. */
    @Test
    void noSeedBreaksAPromise() {
        List<RoughRun> runs = IntStream.range(100, 124)
                .mapToObj(seed -> new RoughRun(Setup.of(seed, 10 + seed % 7 * 20), Duration.ofDays(1)))
                .toList();

        List<RoughRun.Report> reports = RoughRun.all(runs);

        assertThat(reports).allMatch(report -> report.attempts() > 0);
    }
}
