package dev.listenkeyd.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.renewal.Confirmation;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Rough weather for as long as asked: {@code ./mvnw -Psoak -Dsoak=10m test}. The base seed is printed; {@code
 * -Dsoak.seed=} repeats it.
 */
@Tag("soak")
@NullUnmarked
class SoakTest {
    private static final int RUNS_AT_ONCE = 8;
    private static final int LARGEST_FLEET = 2000;
    /** A budget keeps its weight times the minutes of a round; some of it is for others. */
    private static final int LEASES_PER_WEIGHT = 15;

    private static final int[] WEIGHTS = {200, 200, 200, 100, 60};
    private static final List<Confirmation> ALL = List.of(Confirmation.values());
    /** Leases times days of one run: a larger fleet gets less time. */
    private static final int LEASE_DAYS = 3000;

    @Test
    void noPromiseIsBrokenForAsLongAsAsked() {
        Duration time = Duration.parse("PT" + System.getProperty("soak", "1m"));
        long base = Long.getLong("soak.seed", new Random().nextLong());
        System.out.println("soak of " + time + ", -Dsoak.seed=" + base);
        SplittableRandom seeds = new SplittableRandom(base);
        long end = System.nanoTime() + time.toNanos();
        long attempts = 0;
        do {
            List<RandomRun> runs = LongStream.generate(seeds::nextLong)
                    .limit(RUNS_AT_ONCE)
                    .mapToObj(SoakTest::run)
                    .toList();
            attempts += RandomRun.all(runs).stream()
                    .mapToLong(RandomRun.Report::attempts)
                    .sum();
        } while (System.nanoTime() < end);

        System.out.println("soak: " + attempts + " attempts, no promise broken");
        assertThat(attempts).isPositive();
    }

    private static RandomRun run(long seed) {
        Random dice = new Random(seed);
        int weight = WEIGHTS[dice.nextInt(WEIGHTS.length)];
        int largest = Math.min(LARGEST_FLEET, weight * LEASES_PER_WEIGHT);
        int accounts = (int) Math.pow(largest, 0.3 + 0.7 * dice.nextDouble());
        SimulationSetup setup =
                SimulationSetup.of(seed, accounts).withWeight(weight).with(ALL.get(dice.nextInt(ALL.size())));
        setup = dice.nextBoolean() ? setup.checking(Duration.ofMinutes(1 + dice.nextInt(10))) : setup;
        return new RandomRun(setup, Duration.ofDays(Math.max(2, LEASE_DAYS / accounts)));
    }
}
