package dev.listenkeyd.process;

import static dev.listenkeyd.process.CallAssert.assertThatCalls;
import static dev.listenkeyd.process.DaemonProcess.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.listenkeyd.exchange.CallLedger.Call;
import dev.listenkeyd.sandbox.Reply;
import dev.listenkeyd.telemetry.PrometheusText;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The exchange in every kind of trouble: what is told during it, and that all is well soon after it. */
class OutageIT {
    private static final List<String> ACCOUNTS = List.of("desk-1", "desk-2", "desk-3", "desk-4");
    private static final Duration TTL = Duration.ofSeconds(20);

    /** Longer than renew-every: at its end every lease is due. */
    private static final Duration PAUSE = Duration.ofSeconds(3);

    /** A call that left before the pause was known has arrived by then. */
    private static final Duration ON_ITS_WAY = Duration.ofSeconds(1);

    /** Two calls in one window of the budget may overtake each other. */
    private static final Duration WINDOW = Duration.ofSeconds(1);

    @TempDir
    private Path folder;

    private ProcessFixture bench;

    @BeforeEach
    void setUp() {
        bench = new ProcessFixture(folder, TTL)
                .set("LEASE_RENEW_EVERY", "2s")
                .set("LEASE_CONFIRM", "never")
                .set("BINANCE_CALL_TIMEOUT", "2s")
                .set("BUDGET_WINDOW", WINDOW.toSeconds() + "s");
    }

    @AfterEach
    void cleanUp() throws InterruptedException {
        bench.close();
    }

    @Test
    void anExchangeThatFailsCostsNoKeyAndIsTold() throws Exception {
        DaemonProcess daemon = bench.start().awaitReady();
        bench.registerAll(daemon, ACCOUNTS);

        assertFailuresAreTold(daemon, bench.exchange::vanish, "Connection refused");
        assertRecovery(daemon, bench.exchange::comeBack);

        assertFailuresAreTold(daemon, bench.exchange::hold, "in time");
        assertRecovery(daemon, bench.exchange::heal);

        assertFailuresAreTold(daemon, () -> bench.exchange.failAll(Reply.UNAVAILABLE), "HTTP 503, code -1001");
        assertRecovery(daemon, bench.exchange::heal);
    }

    @Test
    void noCallLeavesDuringAPauseAndTheMostUrgentGoFirstAfterIt() throws Exception {
        // So little that not all can leave at once: order shows.
        bench.set("BUDGET_WEIGHT", "3");
        DaemonProcess daemon = bench.start().awaitReady();
        bench.registerAll(daemon, ACCOUNTS);

        Instant until = assertPause(daemon, Reply.throttled(PAUSE), "THROTTLED");
        // The daemon counts in milliseconds, the stand-in does not.
        assertThat(until).isAfterOrEqualTo(told(429).at().plus(PAUSE).truncatedTo(ChronoUnit.MILLIS));

        Instant banEnd = Instant.now().plus(PAUSE);
        until = assertPause(daemon, Reply.banned(banEnd), "BANNED");
        assertThat(until).isAfterOrEqualTo(banEnd.truncatedTo(ChronoUnit.MILLIS));

        bench.exchange.failAll(Reply.BLOCKED);
        assertBlocked(daemon);
    }

    /** @param how words of the log */
    private void assertFailuresAreTold(DaemonProcess daemon, Runnable fault, String how) {
        double before = attempts(daemon.metrics(), "UNREACHABLE");
        fault.run();
        await("every lease has failed")
                .atMost(SOON)
                .until(() -> daemon.leases().values().stream()
                                .allMatch(lease -> lease.get("failures").asInt() > 0)
                        && attempts(daemon.metrics(), "UNREACHABLE") >= before + ACCOUNTS.size());

        assertThat(daemon.leases().values()).allSatisfy(lease -> {
            assertThat(lease.get("status").asText()).isEqualTo("RETRYING");
            assertThat(lease.get("lastFailure").get("reason").asText()).isEqualTo("UNREACHABLE");
        });
        assertLogSays(daemon, "renewal failed, UNREACHABLE");
        await().atMost(SOON).untilAsserted(() -> assertThat(daemon.output()).contains(how));
        assertHealthIsConsistent(daemon);
        assertThat(daemon.get("/v1/status").get("leases").get("RETRYING").asInt())
                .isEqualTo(ACCOUNTS.size());
    }

    private void assertRecovery(DaemonProcess daemon, Runnable cure) {
        cure.run();
        Instant healed = Instant.now();
        bench.awaitAllActive(daemon, ACCOUNTS.size());
        bench.awaitSuccessOfAll(ACCOUNTS, healed, SOON);
        assertLogSays(daemon, "recovered after");
        assertNothingLost(daemon);
    }

    /** The last that was said of each account. */
    private static void assertLogSays(DaemonProcess daemon, String what) {
        await().atMost(SOON).untilAsserted(() -> {
            for (String account : ACCOUNTS) {
                assertThat(daemon.output().lines().filter(line -> line.contains(account + ": ")))
                        .last()
                        .asString()
                        .contains(what);
            }
        });
    }

    private void assertNothingLost(DaemonProcess daemon) {
        assertThat(bench.ledger().expired()).isEmpty();
        assertThat(bench.ledger().lives()).hasSize(ACCOUNTS.size());
        assertThat(daemon.health("well").up()).isTrue();
        bench.assertKeysAreTrue(daemon, ACCOUNTS);
        assertThatCalls(bench.ledger().calls()).closeNoKey();
    }

    /** Returns until when it lasted, as the daemon said. */
    private Instant assertPause(DaemonProcess daemon, Reply reply, String reason) {
        long lines = daemon.said("no call leaves this IP until");
        bench.exchange.failAll(reply);
        Instant until = awaitPause(daemon, reason);
        bench.exchange.heal();

        assertThat(daemon.metrics().value("listenkey_gate_closed_until_timestamp_seconds", "reason", reason))
                .isEqualTo(until.toEpochMilli() / 1e3);
        DaemonProcess.Health well = daemon.health("well");
        assertThat(well.data().path("gateClosedUntil").asText()).contains(reason);
        assertHealthIsConsistent(daemon);
        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(daemon.said("no call leaves this IP until")).isGreaterThan(lines));

        bench.awaitSuccessOfAll(ACCOUNTS, until, SOON.plus(PAUSE));
        bench.awaitAllActive(daemon, ACCOUNTS.size());
        assertThat(daemon.get("/v1/status").get("gate").get("open").asBoolean()).isTrue();
        assertThat(daemon.metrics().value("listenkey_gate_closed_until_timestamp_seconds", "reason", reason))
                .isZero();
        assertThatCalls(bench.ledger().calls())
                .areSilent(told(reply.status()).at().plus(ON_ITS_WAY), until);
        assertOneProbeThenByDeadline(until);
        assertNothingLost(daemon);
        return until;
    }

    /** The last call that was answered so. */
    private Call told(int status) {
        return bench.ledger().calls().stream()
                .filter(call -> call.status() == status)
                .reduce((first, last) -> last)
                .orElseThrow();
    }

    private static Instant awaitPause(DaemonProcess daemon, String reason) {
        await("the gate is closed").atMost(SOON).until(() -> {
            JsonNode gate = daemon.get("/v1/status").get("gate");
            return !gate.get("open").asBoolean() && gate.get("reason").asText().equals(reason);
        });
        return Instant.parse(
                daemon.get("/v1/status").get("gate").get("closedUntil").asText());
    }

    private void assertOneProbeThenByDeadline(Instant until) {
        List<Call> after = bench.ledger().callsSince(until);
        Call probe = after.get(0);
        assertThat(after.get(1).at())
                .as("nobody goes before %s is answered", probe)
                .isAfterOrEqualTo(probe.answeredAt());
        for (String early : ACCOUNTS) {
            for (String late : ACCOUNTS) {
                if (renewedBefore(until, early).plus(WINDOW.dividedBy(2)).isBefore(renewedBefore(until, late))) {
                    assertThat(calledAfter(until, early))
                            .as("%s, whose key dies earlier, and %s", early, late)
                            .isBefore(calledAfter(until, late).plus(WINDOW.dividedBy(2)));
                }
            }
        }
    }

    private Instant renewedBefore(Instant until, String account) {
        return bench.ledger().calls().stream()
                .filter(call -> call.succeeded()
                        && call.apiKey().equals(ProcessFixture.apiKey(account))
                        && call.at().isBefore(until))
                .reduce((first, last) -> last)
                .orElseThrow()
                .at();
    }

    private Instant calledAfter(Instant until, String account) {
        return bench.ledger().callsSince(until).stream()
                .filter(call -> call.apiKey().equals(ProcessFixture.apiKey(account)))
                .findFirst()
                .orElseThrow()
                .at();
    }

    /** A firewall names no end: the pause is longer than any key lives, which is told at once. */
    private void assertBlocked(DaemonProcess daemon) throws Exception {
        Instant until = awaitPause(daemon, "BLOCKED");
        Instant closed = Instant.now();
        assertThat(until).isAfter(closed.plus(TTL));
        DaemonProcess.Health well = daemon.health("well");
        assertThat(well.up()).isFalse();
        assertThat(well.data().get("AT_RISK").asInt()).isEqualTo(ACCOUNTS.size());
        assertThat(daemon.health("live").up()).isTrue();
        assertThat(daemon.health("ready").up()).isTrue();
        assertThat(daemon.leases().values())
                .extracting(lease -> lease.get("status").asText())
                .containsOnly("AT_RISK");

        // Calls that were in flight have been refused meanwhile, too, each a moment later.
        until = awaitPause(daemon, "BLOCKED");
        daemon.kill();
        DaemonProcess next = bench.start().awaitReady();
        // Refusals a moment apart are one pause, which is written once.
        assertThat(awaitPause(next, "BLOCKED"))
                .as("a restart forgets no pause")
                .isBetween(until.minusSeconds(1), until);
        assertThat(next.health("well").up()).isFalse();
        DaemonProcess.awaitInstant(closed.plus(PAUSE));
        assertThatCalls(bench.ledger().calls()).areSilent(closed.plus(ON_ITS_WAY), Instant.now());
    }

    /** DOWN when, and only when, it says that a lease is in trouble. */
    private static void assertHealthIsConsistent(DaemonProcess daemon) {
        DaemonProcess.Health well = daemon.health("well");
        int troubled =
                well.data().get("LOST").asInt() + well.data().get("AT_RISK").asInt();
        assertThat(well.up()).as(well.toString()).isEqualTo(troubled == 0);
        assertThat(Map.of(
                        "live",
                        daemon.health("live").up(),
                        "ready",
                        daemon.health("ready").up()))
                .isEqualTo(Map.of("live", true, "ready", true));
    }

    private static double attempts(PrometheusText metrics, String outcome) {
        return metrics.value("listenkey_attempts_total", "outcome", outcome);
    }
}
