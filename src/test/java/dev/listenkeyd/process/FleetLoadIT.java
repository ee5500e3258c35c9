package dev.listenkeyd.process;

import static dev.listenkeyd.process.FleetFixture.addressOf;
import static dev.listenkeyd.process.FleetFixture.leasesByReplica;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.listenkeyd.sandbox.Reply;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many replicas with thousands of leases, and one misfortune after another, each over before the next one begins. The exchange's
 * ledger knows whether a key was lost. {@code ./mvnw -Pload verify -Dit.test=FleetLoadIT -Dfleet.replicas=5
 * -Dfleet.leases=3000 -Dfleet.seed=1}.
 */
@Tag("load")
class FleetLoadIT {
    private static final int REPLICAS = Integer.getInteger("fleet.replicas", 5);
    private static final int LEASES = Integer.getInteger("fleet.leases", 3000);
    private static final int ROUNDS = Integer.getInteger("fleet.rounds", 8);
    private static final long SEED = Long.getLong("fleet.seed", 1);
    private static final Duration TTL = Duration.ofMinutes(3);
    private static final Duration RENEW_EVERY = TTL.dividedBy(2);
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    @TempDir
    private Path folder;

    private final Random dice = new Random(SEED);
    private FleetFixture fleet;

    @Test
    void noKeyIsLost() throws Exception {
        fleet = new FleetFixture(folder, TTL)
                .set("REPLICA_TTL", "5s")
                .set("LEASE_RENEW_EVERY", RENEW_EVERY.toSeconds() + "s")
                .set("LEASE_CHECK_EVERY", "off")
                .set("LEASE_CONFIRM", "never")
                // Two replicas less must do.
                .set("BUDGET_WEIGHT", Long.toString(LEASES * 120L / RENEW_EVERY.toSeconds() / (REPLICAS - 2)));
        try {
            for (int i = 0; i < REPLICAS; i++) {
                fleet.start(name(i));
            }
            fleet.running().forEach(DaemonProcess::awaitReady);
            register();
            awaitOwned();
            for (int round = 0; round < ROUNDS; round++) {
                Instant from = Instant.now();
                String what = misfortune(round);
                awaitOwned();
                System.out.printf(
                        "%s: %s, all owned after %d s; %d extra call(s); %s%n",
                        Instant.now(),
                        what,
                        Duration.between(from, Instant.now()).toSeconds(),
                        new RenewalGaps(fleet.exchange.ledger()).extra(from, Instant.now(), RENEW_EVERY.dividedBy(2)),
                        leasesByReplica(fleet.running().get(0)));
                assertThat(fleet.exchange.ledger().expired()).isEmpty();
            }
            DaemonProcess.awaitInstant(Instant.now().plus(RENEW_EVERY));
            assertThat(fleet.exchange.ledger().expired()).isEmpty();
            System.out.println("longest gap " + new RenewalGaps(fleet.exchange.ledger()).longest());
        } finally {
            fleet.close();
        }
    }

    private static String name(int number) {
        return "r-" + (char) ('a' + number);
    }

    private void register() {
        long start = System.nanoTime();
        IntStream.range(0, LEASES).parallel().forEach(i -> {
            DaemonProcess replica = fleet.running().get(i % REPLICAS);
            HttpResponse<String> answer =
                    replica.call("POST", "/v1/listen-keys", ProcessFixture.registration("desk-" + i, "recreate"));
            assertThat(answer.statusCode()).as(answer.body()).isIn(201, 202);
        });
        System.out.printf("registered after %.1f s%n", (System.nanoTime() - start) / 1e9);
    }

    private String misfortune(int round) throws Exception {
        List<String> names = new ArrayList<>(fleet.names());
        String victim = names.get(dice.nextInt(names.size()));
        switch (round % 5) {
            case 0 -> {
                fleet.forget(victim).kill();
                awaitOwned();
                fleet.start(victim).awaitReady();
                return "killed " + victim;
            }
            case 1 -> {
                DaemonProcess asleep = fleet.replica(victim);
                asleep.signal("STOP");
                fleet.forget(victim);
                awaitOwned();
                asleep.signal("CONT");
                fleet.putBack(victim, asleep);
                return "froze " + victim;
            }
            case 2 -> {
                fleet.exchange.failFrom(
                        addressOf(victim), Reply.banned(Instant.now().plusSeconds(60)));
                await(victim + " has given its leases away")
                        .atMost(PATIENCE)
                        .until(() -> leasesByReplica(fleet.running().get(0)).getOrDefault(victim, -1) == 0);
                awaitOwned();
                fleet.exchange.heal();
                return "banned " + victim;
            }
            case 3 -> {
                fleet.stopDatabase();
                DaemonProcess.awaitInstant(Instant.now().plusSeconds(20));
                fleet.startDatabase();
                return "database away for 20 s";
            }
            default -> {
                assertThat(fleet.forget(victim).terminate()).isZero();
                awaitOwned();
                fleet.start(victim).awaitReady();
                return "restarted " + victim;
            }
        }
    }

    /** By those that run, each some of them. */
    private void awaitOwned() {
        Set<String> names = new HashSet<>(fleet.names());
        await("all leases are owned").atMost(PATIENCE).until(() -> {
            var leases = leasesByReplica(fleet.running().get(0));
            return leases.keySet().equals(names)
                    && leases.values().stream().mapToInt(Integer::intValue).sum() == LEASES;
        });
    }
}
