package dev.listenkeyd.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Fleets in trouble for as long as asked: {@code ./mvnw -Psoak -Dsoak=10m -Dtest=FleetSoakTest test}. The base seed is printed; {@code
 * -Dsoak.seed=} repeats it.
 */
@Tag("soak")
@NullUnmarked
class FleetSoakTest {
    private static final int RUNS_AT_ONCE = 8;
    /** One in so many runs has little weight. */
    private static final int SCARCE_RUNS = 4;

    @Test
    void noPromiseIsBrokenForAsLongAsAsked() {
        Duration time = Duration.parse("PT" + System.getProperty("soak", "1m"));
        long base = Long.getLong("soak.seed", new Random().nextLong());
        System.out.println("soak of fleets for " + time + ", -Dsoak.seed=" + base);
        SplittableRandom seeds = new SplittableRandom(base);
        long end = System.nanoTime() + time.toNanos();
        long calls = 0;
        do {
            List<FleetRun> runs = LongStream.generate(seeds::nextLong)
                    .limit(RUNS_AT_ONCE)
                    .mapToObj(seed -> seed % SCARCE_RUNS == 0
                            ? FleetSimulationTest.scarce(seed, Duration.ofHours(4))
                            : FleetSimulationTest.run(seed, Duration.ofHours(12)))
                    .toList();
            calls += FleetRun.all(runs).stream()
                    .mapToLong(FleetRun.Report::calls)
                    .sum();
        } while (System.nanoTime() < end);

        System.out.println("soak of fleets: " + calls + " calls, no promise broken");
        assertThat(calls).isPositive();
    }
}
