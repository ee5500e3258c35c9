package dev.listenkeyd.renewal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked
class RenewalSimulationTest {

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void roughWeatherBreaksNoPromise(long seed) {
        long started = System.nanoTime();
        try (Simulation world = new Simulation(Setup.of(seed, 300))) {
            Callers callers = new Callers(world);
            callers.arrive();
            new RoughWeather(world, callers).reign(Duration.ofDays(30));
            world.runFor(Duration.ofDays(30));
            System.out.println("seed " + seed + " attempts " + world.calls.attempts + " calls " + world.calls.made + " losses " + world.leases.losses
                + " expired " + world.expired + " rotations " + world.leases.rotations + " crashes " + world.crashes + " s " + (System.nanoTime() - started) / 1e9);
            assertThat(world.calls.attempts).isPositive();
        }
    }
}
