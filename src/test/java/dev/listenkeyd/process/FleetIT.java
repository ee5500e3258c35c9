package dev.listenkeyd.process;

import static dev.listenkeyd.process.DaemonProcess.SOON;
import static dev.listenkeyd.process.FleetFixture.addressOf;
import static dev.listenkeyd.process.FleetFixture.apiKey;
import static dev.listenkeyd.process.FleetFixture.leasesByReplica;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.listenkeyd.exchange.CallLedger.Call;
import dev.listenkeyd.exchange.CallLedger.Life;
import dev.listenkeyd.sandbox.Reply;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three replicas on a real PostgreSQL, and what becomes of them; the exchange's ledger knows whether a key was lost. */
class FleetIT {
    private static final Duration TTL = Duration.ofSeconds(60);
    private static final Duration RENEW_EVERY = Duration.ofSeconds(10);
    /** Two renewals of one account are no closer than four fifths of the time above, when nothing happens. */
    private static final Duration SOON_AGAIN = RENEW_EVERY.dividedBy(4);

    private static final int LEASES = 30;
    private static final List<String> ACCOUNTS =
            IntStream.range(0, LEASES).mapToObj(i -> "desk-" + i).toList();
    private static final Set<String> ALL = Set.of("r-a", "r-b", "r-c");

    @TempDir
    private Path folder;

    private FleetFixture fleet;

    @BeforeEach
    void setUp() throws IOException {
        fleet = new FleetFixture(folder, TTL)
                .set("REPLICA_TTL", "3s")
                .set("LEASE_RENEW_EVERY", RENEW_EVERY.toSeconds() + "s")
                .set("LEASE_CHECK_EVERY", "off")
                .set("LEASE_CONFIRM", "always");
        for (String replica : ALL) {
            fleet.start(replica);
        }
        fleet.running().forEach(DaemonProcess::awaitReady);
        registerAtEachInTurn();
    }

    @AfterEach
    void cleanUp() throws Exception {
        fleet.close();
    }

    private void registerAtEachInTurn() {
        List<DaemonProcess> replicas = fleet.running();
        for (int i = 0; i < LEASES; i++) {
            DaemonProcess replica = replicas.get(i % replicas.size());
            HttpResponse<String> answer =
                    replica.call("POST", "/v1/listen-keys", ProcessFixture.registration(ACCOUNTS.get(i), "recreate"));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        }
        awaitAllCarriedBy(ALL);
    }

    /** Each of these owns some of the leases, together all, and nobody else lives. */
    private void awaitAllCarriedBy(Set<String> names) {
        for (DaemonProcess asked : fleet.running()) {
            await("all leases are carried by " + names).atMost(SOON).until(() -> {
                Map<String, Integer> leases = leasesByReplica(asked);
                int sum = leases.values().stream().mapToInt(Integer::intValue).sum();
                return leases.keySet().equals(names)
                        && sum == LEASES
                        && leases.values().stream().allMatch(count -> count > 0);
            });
        }
    }

    @Test
    void anyReplicaAnswersAnyCall() {
        for (DaemonProcess replica : fleet.running()) {
            await("it shows all leases")
                    .atMost(SOON)
                    .until(() -> replica.leases().size() == LEASES);
            assertThat(replica.get("/v1/status").at("/leases/ACTIVE").asInt()).isEqualTo(LEASES);
            HttpResponse<String> renewed = replica.call("POST", "/v1/listen-keys/desk-0/renew", "");
            assertThat(renewed.statusCode()).as(renewed.body()).isEqualTo(200);
        }
        String old = keyOf(fleet.replica("r-a"), "desk-1");
        assertThat(keyOf(fleet.replica("r-b"), "desk-1")).isEqualTo(old);
        long before = revision(fleet.replica("r-c"), "desk-1");

        fleet.exchange.rotateKey(apiKey("desk-1"));
        call(fleet.replica("r-b"), "POST", "/v1/listen-keys/desk-1/renew", 200);

        String active = fleet.exchange.peek(apiKey("desk-1"));
        JsonNode told = fleet.replica("r-c").get("/v1/listen-keys/desk-1?wait=30s&after=" + before);
        assertThat(told.get("revision").asLong()).isGreaterThan(before);
        await("the new key is at every replica")
                .atMost(SOON)
                .until(() -> fleet.running().stream()
                        .allMatch(replica -> keyOf(replica, "desk-1").equals(active)));
        call(fleet.replica("r-c"), "DELETE", "/v1/listen-keys/desk-2?holder=bot", 204);
        await("the lease has ended at every replica")
                .atMost(SOON)
                .until(() -> fleet.running().stream()
                        .allMatch(replica -> replica.call("GET", "/v1/listen-keys/desk-2", "")
                                        .statusCode()
                                == 404));
        assertThat(fleet.exchange.ledger().calls().stream().map(Call::source).collect(Collectors.toSet()))
                .isEqualTo(ALL.stream().map(FleetFixture::addressOf).collect(Collectors.toSet()));
    }

    @Test
    void noKeyIsLostWhenReplicasDieSleepAreBannedAndStop() throws Exception {
        fleet.forget("r-a").kill();
        awaitAllCarriedBy(Set.of("r-b", "r-c"));
        awaitCallsForAll();

        // It sleeps, and wakes believing that its leases are its own.
        fleet.replica("r-b").signal("STOP");
        DaemonProcess asleep = fleet.forget("r-b");
        awaitAllCarriedBy(Set.of("r-c"));
        asleep.signal("CONT");
        awaitLike(fleet.replica("r-c"), Set.of("r-b", "r-c"));
        awaitCallsForAll();

        fleet.start("r-a").awaitReady();
        awaitLike(fleet.replica("r-a"), ALL);
        fleet.exchange.failFrom(addressOf("r-c"), Reply.banned(Instant.now().plus(TTL.multipliedBy(10))));
        await("the banned one has given its leases away")
                .atMost(SOON)
                .until(() -> leasesByReplica(fleet.replica("r-a")).getOrDefault("r-c", -1) == 0);
        Instant away = Instant.now();
        awaitCallsForAll();
        assertThat(fleet.exchange.ledger().callsSince(away).stream().map(Call::source))
                .doesNotContain(addressOf("r-c"));

        assertThat(asleep.terminate()).isZero();
        awaitLike(fleet.replica("r-a"), Set.of("r-a", "r-c"));
        awaitCallsForAll();
        assertNoKeyWasLost();
    }

    /** A restart, with how many leases moved. */
    private record Restart(String replica, Instant from, Instant to, long moved) {}

    /** Of each of the three, as of pods with new names: a stop costs no key, and at most an extra call for each lease that moves. */
    @Test
    void aRollingRestartCostsAtMostACallForEachTakeover() throws Exception {
        List<Restart> restarts = new ArrayList<>();
        for (String replica : ALL) {
            restarts.add(restart(replica));
        }
        awaitCallsForAll();

        RenewalGaps gaps = new RenewalGaps(fleet.exchange.ledger());
        for (Restart restart : restarts) {
            long extra = gaps.extra(restart.from(), restart.to(), SOON_AGAIN);
            String cost = "restart of %s: %d lease(s) moved, %d extra call(s)"
                    .formatted(restart.replica(), restart.moved(), extra);
            System.out.println(cost);
            assertThat(restart.moved()).as(cost).isPositive();
            assertThat(extra).as(cost).isLessThanOrEqualTo(restart.moved());
        }
        assertThat(gaps.longest()).isLessThan(TTL.dividedBy(2));
        assertNoKeyWasLost();
    }

    private Restart restart(String old) throws Exception {
        Instant from = Instant.now();
        DaemonProcess stopping = fleet.forget(old);
        Set<String> names = new TreeSet<>(fleet.names());
        long before = takeovers();
        assertThat(stopping.terminate()).isZero();
        awaitAllCarriedBy(names);
        String next = "r-" + (char) (old.charAt(old.length() - 1) + ALL.size());
        fleet.start(next).awaitReady();
        names.add(next);
        awaitAllCarriedBy(names);
        return new Restart(old, from, Instant.now(), takeovers() - before);
    }

    /** How many leases the running ones have taken over. */
    private long takeovers() {
        long sum = 0;
        for (DaemonProcess replica : fleet.running()) {
            for (JsonNode count : replica.get("/v1/replicas").get("takeovers")) {
                sum += count.asLong();
            }
        }
        return sum;
    }

    @Test
    void withoutItsDatabaseEachReplicaKeepsWhatItHas() throws Exception {
        fleet.stopDatabase();
        Instant away = Instant.now();
        awaitCallsForAll();
        for (DaemonProcess replica : fleet.running()) {
            await("it says that the store is away")
                    .atMost(SOON)
                    .until(() -> replica.get("/v1/replicas").get("items").isEmpty());
            HttpResponse<String> refused =
                    replica.call("POST", "/v1/listen-keys", ProcessFixture.registration("new", "recreate"));
            assertThat(refused.statusCode()).as(refused.body()).isEqualTo(503);
        }
        DaemonProcess.awaitInstant(away.plusSeconds(10));
        awaitCallsForAll();

        fleet.startDatabase();
        awaitAllCarriedBy(ALL);
        awaitCallsForAll();
        assertNoKeyWasLost();
    }

    private void awaitLike(DaemonProcess asked, Set<String> names) {
        await("all leases are carried by " + names).atMost(SOON).until(() -> {
            Map<String, Integer> leases = leasesByReplica(asked);
            return leases.keySet().equals(names)
                    && leases.values().stream().mapToInt(Integer::intValue).sum() == LEASES;
        });
    }

    /** From now on each account has a call that works. */
    private void awaitCallsForAll() {
        Instant since = Instant.now();
        await("a call of every account worked since " + since)
                .atMost(SOON)
                .until(() -> fleet.exchange.ledger().callsSince(since).stream()
                        .filter(Call::succeeded)
                        .map(Call::apiKey)
                        .collect(Collectors.toSet())
                        .containsAll(ACCOUNTS.stream().map(FleetFixture::apiKey).toList()));
    }

    private void assertNoKeyWasLost() {
        assertThat(fleet.exchange.ledger().expired()).isEmpty();
        assertThat(fleet.exchange.ledger().lives()).extracting(Life::account).doesNotHaveDuplicates();
        for (DaemonProcess replica : fleet.running()) {
            ACCOUNTS.forEach(account ->
                    assertThat(keyOf(replica, account)).as(account).isEqualTo(fleet.exchange.peek(apiKey(account))));
        }
    }

    private static String keyOf(DaemonProcess replica, String account) {
        return replica.get("/v1/listen-keys/" + account + "/key")
                .get("listenKey")
                .asText();
    }

    private static long revision(DaemonProcess replica, String account) {
        return replica.get("/v1/listen-keys/" + account).get("revision").asLong();
    }

    private static void call(DaemonProcess replica, String method, String path, int status) {
        HttpResponse<String> answer = replica.call(method, path, "");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    }
}
