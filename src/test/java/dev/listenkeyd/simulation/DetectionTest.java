package dev.listenkeyd.simulation;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.simulation.SimulatedExchange.Account;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How long a key that another program closes or replaces goes unnoticed; prints the distribution. */
@NullUnmarked
@Execution(ExecutionMode.CONCURRENT)
class DetectionTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final int TAKEN = 1000;

    /** Two acts on the same lease are half as far apart on average. */
    private static final int PER_LEASE_MILLIS = 2 * 3_600_000;

    /** Millis from the act of another program until the daemon knows, by account. */
    private static final class Detections {
        final Map<String, Long> takenAt = new HashMap<>();
        final TreeMap<Long, Integer> millis = new TreeMap<>();
        private final Simulation world;

        Detections(Simulation world) {
            this.world = world;
        }

        /** Another program closes the account's key, or replaces it; not that of an account whose last act is unnoticed. */
        void take(String name, boolean replaced) {
            Lease lease = world.process.registry.find(name);
            if (lease.isLive() && lease.onLoss() == OnLoss.RECREATE && !takenAt.containsKey(name)) {
                takenAt.put(name, world.agenda.now());
                Account account = world.exchange.account(name);
                account.touched = true;
                if (replaced) {
                    account.replaceKey();
                } else {
                    account.closeKey();
                }
            }
        }

        void observe(RenewalEvent event) {
            Long since = event.isLoss() || event.isRotation()
                    ? takenAt.remove(event.lease().account())
                    : null;
            if (since != null) {
                millis.merge(world.agenda.now() - since, 1, Integer::sum);
            }
        }

        /** Seconds within which this share was noticed. */
        double within(double share) {
            long[] all = millis.entrySet().stream()
                    .flatMapToLong(
                            entry -> Arrays.stream(new long[entry.getValue()]).map(any -> entry.getKey()))
                    .toArray();
            return all[(int) Math.ceil(share * all.length) - 1] / 1000.0;
        }
    }

    /** Renewals of a fleet of 4000 need most of the budget: nothing is left to learn that a key was replaced. */
    @ParameterizedTest(name = "{0} leases, checks {1}, replaced keys {2}: half within {3} s, 99 % within {4} s")
    @CsvSource({
        "1, true, true, 35, 75",
        "20, true, true, 35, 75",
        "40, true, true, 40, 75",
        "400, true, true, 540, 1080",
        "1000, true, true, 1080, 3600",
        "4000, true, false, 1080, 1830",
        "20, false, true, 1080, 1830"
    })
    void whatAnotherProgramDoesIsNoticed(int fleet, boolean checks, boolean replaced, double half, double nearlyAll) {
        SimulationSetup setup = SimulationSetup.of(fleet, fleet);
        Random dice = new Random(fleet);
        try (FaultFreeWorld world = new FaultFreeWorld(checks ? setup.checking(MINUTE) : setup).after(ofHours(3))) {
            Simulation simulation = world.simulation;
            Detections detections = new Detections(simulation);
            world.observedBy(detections::observe);
            for (int i = 0; i < TAKEN; i++) {
                detections.take("a" + dice.nextInt(fleet), replaced && dice.nextBoolean());
                world.after(ofMillis(dice.nextInt(PER_LEASE_MILLIS / fleet)));
            }
            world.after(ofHours(1));

            System.out.printf(
                    Locale.ROOT,
                    "| %d | %s | %.0f | %.0f | %.0f |%n",
                    fleet,
                    checks ? "every minute" : "off",
                    detections.within(0.5),
                    detections.within(0.99),
                    detections.within(1));
            assertThat(detections.takenAt).isEmpty();
            assertThat(detections.within(0.5)).isLessThanOrEqualTo(half);
            assertThat(detections.within(0.99)).isLessThanOrEqualTo(nearlyAll);
            assertThat(world.lost()).isZero();
        }
    }
}
