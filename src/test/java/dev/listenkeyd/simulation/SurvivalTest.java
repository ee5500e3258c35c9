package dev.listenkeyd.simulation;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.forecast.Forecast;
import dev.listenkeyd.simulation.NetworkConditions.Fate;
import java.time.Duration;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@link Forecast#survivableOutageSeconds} says is what happens. */
@NullUnmarked
@Execution(ExecutionMode.CONCURRENT)
class SurvivalTest {
    /** Until the return is noticed this close to a deadline: a hanging call, a gap, a tick, the last slot. */
    private static final Duration REACTION = ofSeconds(15);

    private static final Fate[] KINDS = {Fate.REFUSED, Fate.SWALLOWED, Fate.GARBLED};

    static Stream<Arguments> fleets() {
        return Stream.of(1, 2, 10, 100, 400, 1000, 2000)
                .flatMap(size -> Stream.of(1, 2, 3).map(seed -> Arguments.of(size * 10 + seed, size)));
    }

    @ParameterizedTest(name = "seed {0}: {1} leases")
    @MethodSource("fleets")
    void anOutageThatIsSurvivableLosesNothing(long seed, int fleet) {
        try (FaultFreeWorld world = at(seed, fleet)) {
            Duration survivable = survivable(world);

            world.outage(survivable.minus(REACTION), KINDS[(int) seed % KINDS.length])
                    .after(ofHours(2));

            assertThat(world.lost()).isZero();
        }
    }

    @ParameterizedTest(name = "seed {0}: {1} leases")
    @MethodSource("fleets")
    void aLongerOneLosesSomething(long seed, int fleet) {
        try (FaultFreeWorld world = at(seed, fleet)) {
            // The prognosis counts at the budget's rate, of which a whole window may leave at once.
            Duration longer =
                    survivable(world).plus(world.simulation.setup.budget().window());

            world.outage(longer.plus(REACTION), KINDS[(int) seed % KINDS.length])
                    .after(ofHours(2));

            assertThat(world.lost()).isPositive();
        }
    }

    private static FaultFreeWorld at(long seed, int fleet) {
        Duration any = ofMillis(new Random(seed).nextInt(3_600_000));
        return new FaultFreeWorld(SimulationSetup.of(seed, fleet))
                .after(ofHours(3).plus(any));
    }

    private static Duration survivable(FaultFreeWorld world) {
        double seconds = world.survivableOutageSeconds();
        assertThat(seconds).isGreaterThan((double) REACTION.toSeconds());
        assertThat(seconds).isLessThanOrEqualTo((double) ofMinutes(60).toSeconds());
        return ofMillis((long) (seconds * 1000));
    }
}
