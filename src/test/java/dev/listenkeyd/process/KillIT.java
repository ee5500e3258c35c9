package dev.listenkeyd.process;

import static dev.listenkeyd.process.CallAssert.assertThatCalls;
import static dev.listenkeyd.process.DaemonProcess.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.listenkeyd.exchange.CallLedger.Call;
import dev.listenkeyd.exchange.CallLedger.Life;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.notify.webhook.WebhookReceiver;
import dev.listenkeyd.notify.webhook.WebhookReceiver.Received;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} again and again: while it boots, in the middle of calls, between a reply and its row. The budget is
 * so small that it is always used up, so that a start which forgot the calls before it would pass it.
 */
class KillIT {
    private static final List<String> ACCOUNTS =
            IntStream.range(0, 12).mapToObj(i -> "desk-" + i).toList();
    private static final int KILLS = 8;
    private static final Duration TTL = Duration.ofSeconds(30);
    private static final int WEIGHT = 9;
    private static final Duration WINDOW = Duration.ofSeconds(5);

    private static final Duration LONG_WINDOW = Duration.ofMinutes(2);

    /** A call is on its way for a moment before the exchange sees it. */
    private static final Duration ON_ITS_WAY = Duration.ofSeconds(1);

    /** A reply that came so shortly before a kill may not have reached the disk. */
    private static final Duration TO_DISK = Duration.ofSeconds(1);

    /** Keys may die when nobody ran for all of their life but this. */
    private static final Duration TOO_SHORT = Duration.ofSeconds(10);

    /** A process from its start to its end; up when it was ready. */
    private record Run(Instant start, Instant up, Instant end) {}

    private final long seed = Long.getLong("listenkeyd.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final List<Run> runs = new ArrayList<>();

    @TempDir
    private Path folder;

    private ProcessFixture bench;
    private WebhookReceiver receiver;

    @BeforeEach
    void setUp() throws IOException {
        System.out.println("KillIT: -Dlistenkeyd.seed=" + seed);
        receiver = new WebhookReceiver();
        bench = new ProcessFixture(folder, TTL)
                .set("WEBHOOKS_PAGER_URL", receiver.url())
                .set("WEBHOOKS_PAGER_SECRET", WebhookReceiver.SECRET)
                .set("LEASE_RENEW_EVERY", "5s")
                .set("LEASE_CONFIRM", "never")
                .set("BUDGET_WEIGHT", Integer.toString(WEIGHT))
                .set("BUDGET_WINDOW", WINDOW.toSeconds() + "s");
        bench.exchange.slowDown(Duration.ofMillis(150));
    }

    @AfterEach
    void cleanUp() throws InterruptedException {
        bench.close();
        receiver.close();
    }

    @Test
    void noKeyIsLostThatCouldBeKept() throws Exception {
        DaemonProcess first = bench.start().awaitReady();
        Instant up = Instant.now();
        registerAtOnce(first);
        killSometime(first, up, up);
        for (int kill = 1; kill < KILLS; kill++) {
            if (kill == KILLS / 2) {
                bench.exchange.closeKey(ProcessFixture.apiKey("desk-0"));
                // What is pending outlives several processes.
                receiver.status = 503;
            }
            runAndKill();
        }
        receiver.status = 204;
        Instant start = Instant.now();
        DaemonProcess last = bench.start().awaitReady();
        bench.awaitSuccessOfAll(List.of("desk-0"), start, SOON);
        bench.awaitAllActive(last, ACCOUNTS.size());
        runs.add(new Run(start, Instant.now(), Instant.now().plusSeconds(60)));

        bench.assertKeysAreTrue(last, ACCOUNTS);
        assertThat(bench.ledger().expired()).as("keys that died, runs %s", runs).allSatisfy(this::couldNotBeKept);
        for (String account : ACCOUNTS) {
            assertThat(bench.ledger().livesOf(ProcessFixture.apiKey(account)).stream()
                            .filter(life -> !isExpired(life)))
                    .as("keys of %s, seed %d", account, seed)
                    .hasSize(account.equals("desk-0") ? 2 : 1);
        }
        assertThatCalls(bench.ledger().calls()).closeNoKey().doNotOverlap();
        assertNoBurst();
        assertLossesAreOnRecord(last);
        await("every key and every loss that the exchange knows is delivered")
                .atMost(SOON)
                .untilAsserted(() -> ACCOUNTS.forEach(this::assertDelivered));
        assertThat(receiver.wrong()).isEmpty();
    }

    /** At least once: each key of the account, and with each but the first the loss before it. */
    private void assertDelivered(String account) {
        Map<String, Boolean> delivered = new HashMap<>();
        receiver.received().stream()
                .filter(call -> call.accepted() && call.type().equals("key"))
                .map(Received::event)
                .filter(event -> event.get("account").asText().equals(account))
                .forEach(event -> delivered.put(event.get("fingerprint").asText(), event.has("reconcile")));
        List<Life> lives = bench.ledger().livesOf(ProcessFixture.apiKey(account));
        for (Life life : lives) {
            assertThat(delivered)
                    .as("%s, seed %d", account, seed)
                    .containsEntry(new Secret(life.key()).fingerprint(), !life.equals(lives.get(0)));
        }
    }

    /** Each was written with the lease that shows it, or with neither. */
    private static void assertLossesAreOnRecord(DaemonProcess daemon) {
        Map<String, JsonNode> leases = daemon.leases();
        assertThat(leases.get("desk-0").get("lastLoss").isNull()).isFalse();
        leases.forEach((account, lease) -> {
            JsonNode losses =
                    daemon.get("/v1/listen-keys/" + account + "/losses").get("items");
            JsonNode lastLoss = lease.get("lastLoss");
            assertThat(losses.isEmpty()).as(account).isEqualTo(lastLoss.isNull());
            if (!lastLoss.isNull()) {
                JsonNode newest = losses.get(losses.size() - 1);
                assertThat(List.of(newest.get("fingerprint"), newest.get("recoveredAt")))
                        .as(account)
                        .isEqualTo(List.of(lastLoss.get("fingerprint"), lastLoss.get("recoveredAt")));
                assertThat(newest.get("seq").asLong())
                        .isLessThanOrEqualTo(lease.get("revision").asLong());
            }
        });
    }

    /** The window is so long that a slow start does not outlast it. */
    @Test
    void aRestartOpensNoSecondBudget() throws Exception {
        bench.set("BUDGET_WINDOW", LONG_WINDOW.toSeconds() + "s");
        DaemonProcess first = bench.start().awaitReady();
        registerAtOnce(first);
        await("the budget is used up and all is on disk")
                .atMost(SOON)
                .until(() -> first.metrics().value("listenkey_weight_used") == WEIGHT
                        && bench.ledger().unanswered().isEmpty());
        long pending = pending(first);
        assertThat(pending).isPositive();
        first.kill();

        DaemonProcess second = bench.start().awaitReady();
        await("the calls before the restart count")
                .atMost(SOON)
                .until(() -> second.metrics().value("listenkey_weight_used") >= WEIGHT - 1);
        DaemonProcess.awaitInstant(Instant.now().plusSeconds(2));

        assertThat(pending(second)).isEqualTo(pending);
        assertThatCalls(bench.exchange.calls()).stayWithin(WEIGHT, LONG_WINDOW.minus(ON_ITS_WAY));
    }

    private static long pending(DaemonProcess daemon) {
        return daemon.get("/v1/status").get("leases").get("PENDING").asLong();
    }

    private boolean isExpired(Life life) {
        return life.hasExpired(Instant.now());
    }

    private void registerAtOnce(DaemonProcess daemon) {
        List<CompletableFuture<Integer>> answers = ACCOUNTS.stream()
                .map(account -> CompletableFuture.supplyAsync(
                        () -> bench.register(daemon, account, "recreate").statusCode()))
                .toList();
        assertThat(answers).allSatisfy(answer -> assertThat(answer.join()).isIn(201, 202));
    }

    private void runAndKill() throws Exception {
        Instant start = Instant.now();
        DaemonProcess daemon = bench.start();
        boolean whileItBoots = random.nextInt(4) == 0;
        if (whileItBoots) {
            DaemonProcess.awaitInstant(start.plusMillis(random.nextInt(2000)));
            kill(daemon, start, start);
            return;
        }
        daemon.awaitReady();
        Map<String, JsonNode> leases = daemon.leases();
        assertThat(leases.keySet()).as("restored").containsExactlyInAnyOrderElementsOf(ACCOUNTS);
        killSometime(daemon, start, Instant.now());
    }

    /** At any instant, or at the next one at which a call is on its way. */
    private void killSometime(DaemonProcess daemon, Instant start, Instant up) throws Exception {
        DaemonProcess.awaitInstant(up.plusMillis(300 + random.nextInt(2500)));
        if (random.nextBoolean()) {
            Instant latest = Instant.now().plusSeconds(2);
            await("a call is on its way")
                    .pollInterval(Duration.ofMillis(20))
                    .atMost(SOON)
                    .until(() -> !bench.ledger().unanswered().isEmpty()
                            || Instant.now().isAfter(latest));
        }
        kill(daemon, start, up);
    }

    private void kill(DaemonProcess daemon, Instant start, Instant up) throws InterruptedException {
        daemon.kill();
        Instant end = Instant.now();
        runs.add(new Run(start, up.equals(start) && !runs.isEmpty() ? end : up, end));
    }

    private void couldNotBeKept(Life life) {
        Instant birth = life.expiresAt().minus(TTL);
        Duration up = runs.stream()
                .map(run -> Duration.between(later(run.up(), birth), earlier(run.end(), life.expiresAt())))
                .filter(duration -> !duration.isNegative())
                .reduce(Duration.ZERO, Duration::plus);
        assertThat(up).as("%s, seed %d", life, seed).isLessThan(TOO_SHORT);
    }

    /** Each process stays within the budget, those calls included that its predecessors could put on record. */
    private void assertNoBurst() {
        for (Run run : runs) {
            List<Call> counted = bench.ledger().calls().stream()
                    .filter(call -> !call.at().isAfter(run.end()))
                    .filter(call -> call.at().isAfter(run.start()) || isOnRecord(call))
                    .toList();
            assertThatCalls(counted).stayWithin(WEIGHT, WINDOW.minus(ON_ITS_WAY));
        }
    }

    private boolean isOnRecord(Call call) {
        return call.succeeded()
                && !call.method().equals("GET")
                && runs.stream().noneMatch(run -> call.touches(run.end().minus(TO_DISK), run.end()));
    }

    private static Instant later(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }

    private static Instant earlier(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
    }
}
