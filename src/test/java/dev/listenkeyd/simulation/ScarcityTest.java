package dev.listenkeyd.simulation;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.renewal.Confirmation;
import dev.listenkeyd.simulation.NetworkConditions.Fate;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** When not all can be saved, as many are saved as anybody could have. */
@NullUnmarked
@Execution(ExecutionMode.CONCURRENT)
class ScarcityTest {
    private static final int FLEET = 1500;
    /** The budget's calls of so many seconds: until the return is noticed, and the first call answered. */
    private static final long REACTION_SECONDS = 5;

    static Stream<Arguments> outages() {
        return Stream.of(
                Arguments.of(1, 200, 45, Fate.REFUSED, Confirmation.AUTO),
                Arguments.of(2, 200, 50, Fate.SWALLOWED, Confirmation.AUTO),
                Arguments.of(3, 200, 50, Fate.SWALLOWED, Confirmation.ALWAYS),
                Arguments.of(4, 100, 35, Fate.REFUSED, Confirmation.AUTO),
                Arguments.of(5, 100, 40, Fate.GARBLED, Confirmation.ALWAYS),
                Arguments.of(6, 100, 40, Fate.GARBLED, Confirmation.NEVER),
                Arguments.of(7, 80, 30, null, Confirmation.AUTO),
                Arguments.of(8, 80, 57, null, Confirmation.ALWAYS));
    }

    @ParameterizedTest(name = "seed {0}: weight {1}, {2} min of {3}, confirm {4}")
    @MethodSource("outages")
    void savesAsManyAsAnybodyCould(long seed, int weight, int minutes, Fate kind, Confirmation confirmation) {
        SimulationSetup setup =
                SimulationSetup.of(seed, FLEET).withWeight(weight).with(confirmation);
        try (FaultFreeWorld world = new FaultFreeWorld(setup).after(ofHours(3))) {
            world.outage(ofMinutes(minutes), kind);
            long doomed = world.lost() + world.doomed();

            world.after(ofHours(2));

            assertThat(world.lost()).isBetween(doomed, doomed + weight * REACTION_SECONDS / 60);
        }
    }

    @ParameterizedTest(name = "seed {0}: weight {1}, {2} min, confirm {4}")
    @MethodSource("outages")
    void afterABanNoWeightIsMissing(long seed, int weight, int minutes, Fate kind, Confirmation confirmation) {
        SimulationSetup setup =
                SimulationSetup.of(seed, FLEET).withWeight(weight).with(confirmation);
        try (FaultFreeWorld world = new FaultFreeWorld(setup).after(ofHours(3))) {
            world.ban(ofMinutes(minutes));
            long doomed = world.lost() + world.doomed();

            world.after(ofHours(2));

            assertThat(world.lost()).isBetween(doomed, doomed + weight * REACTION_SECONDS / 60);
        }
    }
}
