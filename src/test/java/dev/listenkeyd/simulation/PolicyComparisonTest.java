package dev.listenkeyd.simulation;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.Given;
import dev.listenkeyd.renewal.RenewalPolicy;
import dev.listenkeyd.simulation.NetworkConditions.Fate;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Which share of its keys each policy loses in one outage. Prints a table: {@code ./mvnw -q -Pcompare test}. */
@Tag("compare")
@NullUnmarked
class PolicyComparisonTest {
    private static final int[] OUTAGE_MINUTES = {15, 29, 30, 45, 50, 55};
    private static final int[] FLEETS = {1, 40, 400, 2000};
    /** As many keys are tried for each cell, whatever the size of the fleet; at least so many runs. */
    private static final int KEYS = 400;

    private static final int LEAST_RUNS = 3;

    /** Keys lost of a fleet in an outage, from one seed. */
    private interface Contender {
        long lost(int fleet, Duration outage, long seed);
    }

    @Test
    void listenkeydLosesLeast() {
        System.out.println("| % of keys lost in an outage of (min) | fleet |"
                + Arrays.stream(OUTAGE_MINUTES).mapToObj(m -> " " + m + " |").collect(Collectors.joining()));
        System.out.println("|---|---|" + "---|".repeat(OUTAGE_MINUTES.length));
        for (TimerPerKey.Policy rival : TimerPerKey.ALL) {
            compare(
                    rival.name(),
                    (fleet, outage, seed) -> new TimerPerKey(rival, seed).lostOf(fleet, outage.toMillis()));
        }
        double[] unchecked =
                compare("listenkeyd without checks", (fleet, outage, seed) -> lost(Given.POLICY, fleet, outage, seed));
        double[] checking = compare("listenkeyd", (fleet, outage, seed) -> lost(Given.CHECKING, fleet, outage, seed));

        assertThat(Arrays.copyOf(unchecked, 2)).containsOnly(0);
        assertThat(checking).containsOnly(0);
    }

    /** @return the line of the fleet of 40 */
    private static double[] compare(String name, Contender contender) {
        double[] ofForty = new double[OUTAGE_MINUTES.length];
        for (int fleet : FLEETS) {
            double[] shares = Arrays.stream(OUTAGE_MINUTES)
                    .mapToDouble(minutes -> share(contender, fleet, ofMinutes(minutes)))
                    .toArray();
            System.out.println("| " + name + " | " + fleet + " |"
                    + Arrays.stream(shares)
                            .mapToObj(share -> String.format(Locale.ROOT, " %.1f |", 100 * share))
                            .collect(Collectors.joining()));
            ofForty = fleet == FLEETS[1] ? shares : ofForty;
        }
        return ofForty;
    }

    private static double share(Contender contender, int fleet, Duration outage) {
        int runs = Math.max(LEAST_RUNS, KEYS / fleet);
        long lost = LongStream.range(0, runs)
                .parallel()
                .map(seed -> contender.lost(fleet, outage, seed))
                .sum();
        return (double) lost / runs / fleet;
    }

    private static long lost(RenewalPolicy policy, int fleet, Duration outage, long seed) {
        SimulationSetup setup = SimulationSetup.of(seed, fleet).withPolicy(policy);
        Duration any = ofMillis(new Random(seed).nextInt(3_600_000));
        try (FaultFreeWorld world = new FaultFreeWorld(setup).after(ofHours(3).plus(any))) {
            return world.outage(outage, Fate.REFUSED).after(ofHours(2)).lost();
        }
    }
}
