package dev.listenkeyd.process;

import static dev.listenkeyd.process.CallAssert.assertThatCalls;
import static dev.listenkeyd.process.DaemonProcess.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.listenkeyd.exchange.CallLedger.Call;
import dev.listenkeyd.exchange.CallLedger.Life;
import dev.listenkeyd.telemetry.PrometheusText;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that stands still, as under a debugger or a hypervisor, and goes on: too late, or just in time. */
class FreezeIT {
    private static final Duration TTL = Duration.ofSeconds(10);
    private static final Duration SHORT = Duration.ofSeconds(2);
    private static final List<String> RECREATED = List.of("desk-1", "desk-2");
    private static final String REPORTED = "desk-3";
    private static final List<String> ACCOUNTS = List.of("desk-1", "desk-2", REPORTED);

    @TempDir
    private Path folder;

    private ProcessFixture bench;

    @BeforeEach
    void setUp() {
        bench = new ProcessFixture(folder, TTL).set("LEASE_RENEW_EVERY", "2500ms");
    }

    @AfterEach
    void cleanUp() throws InterruptedException {
        bench.close();
    }

    @Test
    void aFreezeShorterThanTheSlackCostsNothingAndALongerOneIsTold() throws Exception {
        DaemonProcess daemon = bench.start().awaitReady();
        RECREATED.forEach(account -> assertThat(
                        bench.register(daemon, account, "recreate").statusCode())
                .isEqualTo(201));
        assertThat(bench.register(daemon, REPORTED, "report").statusCode()).isEqualTo(201);

        daemon.signal("STOP");
        DaemonProcess.awaitInstant(Instant.now().plus(SHORT));
        daemon.signal("CONT");
        bench.awaitSuccessOfAll(ACCOUNTS, Instant.now(), SOON);
        assertNothingLost(daemon);

        daemon.signal("STOP");
        await("all keys are dead")
                .atMost(TTL.plusSeconds(5))
                .until(() -> bench.ledger().expired().size() == ACCOUNTS.size());
        Instant resumed = Instant.now();
        daemon.signal("CONT");
        for (String account : ACCOUNTS) {
            assertDeadKeyIsNotHandedOut(daemon, account);
        }
        await("the losses are told").atMost(SOON).until(() -> isTold(daemon));

        await().atMost(SOON).untilAsserted(() -> assertLossesAreTrue(daemon));
        assertCallsAfter(resumed);
        assertReportedIsLost(daemon);
        assertThat(bench.register(daemon, REPORTED, "recreate").statusCode()).isEqualTo(200);
        await("all is well again")
                .atMost(SOON)
                .until(() -> daemon.health("well").up());
        bench.assertKeysAreTrue(daemon, ACCOUNTS);
    }

    private void assertNothingLost(DaemonProcess daemon) {
        assertThat(bench.ledger().lives()).hasSize(ACCOUNTS.size());
        assertThat(bench.ledger().expired()).isEmpty();
        assertThat(lossesTold(daemon.metrics())).isZero();
        assertThat(daemon.health("well").up()).isTrue();
        bench.assertKeysAreTrue(daemon, ACCOUNTS);
    }

    /** From the first instant on, even before the loop has ticked. */
    private void assertDeadKeyIsNotHandedOut(DaemonProcess daemon, String account) {
        HttpResponse<String> key = daemon.call("GET", "/v1/listen-keys/" + account + "/key", "");
        String dead =
                bench.ledger().livesOf(ProcessFixture.apiKey(account)).get(0).key();
        assertThat(key.statusCode()).isIn(200, 409);
        assertThat(key.body()).doesNotContain(dead);
    }

    private static boolean isTold(DaemonProcess daemon) {
        return RECREATED.stream().allMatch(account -> {
                    JsonNode lease = daemon.lease(account);
                    return lease.path("generation").asInt() == 2
                            && lease.path("status").asText().equals("ACTIVE");
                })
                && daemon.lease(REPORTED).path("nextAttemptAt").isNull();
    }

    private void assertLossesAreTrue(DaemonProcess daemon) {
        assertThat(daemon.said("the renewal loop stood still for")).isOne();
        assertThat(daemon.metrics().value("listenkey_loop_stalls_total")).isOne();
        assertThat(daemon.said("LOST, EXPIRED")).isEqualTo(ACCOUNTS.size());
        assertThat(daemon.said("ROTATED, a new key takes the place of the lost one; generation 2"))
                .isEqualTo(RECREATED.size());
        PrometheusText metrics = daemon.metrics();
        assertThat(lossesTold(metrics)).isEqualTo(bench.ledger().expired().size());
        assertThat(metrics.value("listenkey_rotations_total", "cause", "EXPIRED"))
                .isEqualTo(RECREATED.size());
        assertThat(metrics.value("listenkey_leases", "status", "LOST")).isOne();
        for (String account : ACCOUNTS) {
            JsonNode loss = daemon.lease(account).get("lastLoss");
            Life life = bench.ledger().livesOf(ProcessFixture.apiKey(account)).get(0);
            assertThat(loss.get("cause").asText()).isEqualTo("EXPIRED");
            assertThat(Instant.parse(loss.get("lostAt").asText()))
                    .as("%s is known to have lived until then, and was reconciled from then on", account)
                    .isBetween(life.madeAt().minusMillis(1), life.expiresAt());
        }
    }

    /** One new key for each that may be made anew, none for the other, and no call too many. */
    private void assertCallsAfter(Instant resumed) {
        List<Call> calls = bench.ledger().callsSince(resumed);
        assertThat(bench.ledger().lives()).hasSize(ACCOUNTS.size() + RECREATED.size());
        assertThat(calls)
                .filteredOn(call -> call.apiKey().equals(ProcessFixture.apiKey(REPORTED)))
                .extracting(Call::method)
                .containsExactly("PUT");
        assertThatCalls(bench.ledger().calls()).closeNoKey().doNotOverlap();
    }

    private static void assertReportedIsLost(DaemonProcess daemon) {
        JsonNode lease = daemon.lease(REPORTED);
        assertThat(lease.get("status").asText()).isEqualTo("LOST");
        assertThat(lease.get("generation").asInt()).isOne();
        assertThat(lease.get("lastLoss").get("recoveredAt").isNull()).isTrue();
        DaemonProcess.Health well = daemon.health("well");
        assertThat(well.up()).isFalse();
        assertThat(well.data().get("account " + REPORTED).asText()).startsWith("LOST EXPIRED");
        assertThat(daemon.health("live").up()).isTrue();
        assertThat(daemon.health("ready").up()).isTrue();
    }

    private static double lossesTold(PrometheusText metrics) {
        return metrics.value("listenkey_losses_total", "cause", "EXPIRED")
                + metrics.value("listenkey_losses_total", "cause", "CLOSED_ELSEWHERE");
    }
}
