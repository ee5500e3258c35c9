package dev.listenkeyd.renewal;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.renewal.LeaseState.Active;
import dev.listenkeyd.renewal.SimulatedExchange.Account;
import java.time.Instant;
import java.util.Random;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked
class RenewalSimulationTest {

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void roughWeatherBreaksNoPromise(long seed) {
        Simulation simulation = new Simulation(seed, 300);
        simulation.roughWeather(ofDays(14));

        simulation.runFor(ofDays(14).plusHours(4));

        assertThat(simulation.crashes).isPositive();
        assertThat(simulation.invariants.losses).isPositive();
        assertThat(simulation.invariants.rotations).isPositive();
        assertThat(simulation.invariants.attempts).isGreaterThan(300L * 14 * 48 * 9 / 10);
        assertEverythingLives(simulation);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void anOutageThatLeavesTimeForTheReturnLosesNothing(long seed) {
        Simulation simulation = new Simulation(seed, 300);
        simulation.runFor(ofHours(2));
        Random dice = new Random(seed);

        for (int outage = 0; outage < 10; outage++) {
            // 30 minutes are left when the last lease falls due; 300 leases need 90 s of the budget, a retry 60 s.
            simulation.outage(ofMinutes(26));
            simulation.runFor(ofMinutes(90 + dice.nextInt(30)));
        }

        assertThat(simulation.invariants.losses).isZero();
        assertEverythingLives(simulation);
    }

    private static void assertEverythingLives(Simulation simulation) {
        simulation.exchange.hiccups = false;
        simulation.runFor(ofHours(1));
        Instant now = simulation.clock.instant();
        assertThat(simulation.process.book.all()).hasSizeGreaterThan(250);
        for (Lease lease : simulation.process.book.all()) {
            if (lease.onLoss() == OnLoss.RECREATE) {
                Account account = simulation.exchange.account(lease.account());
                simulation.invariants.check(
                        lease.state() instanceof Active
                                && lease.expiresAt().isAfter(now)
                                && lease.key().value().equals(account.key)
                                && lease.key().lastSuccessAt().isAfter(now.minus(ofMinutes(33))),
                        lease.account(),
                        "does not live at the end");
            }
        }
    }
}
