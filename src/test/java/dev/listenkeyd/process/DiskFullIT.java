package dev.listenkeyd.process;

import static dev.listenkeyd.process.CallAssert.assertThatCalls;
import static dev.listenkeyd.process.DaemonProcess.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The disk is full for a while: keys are kept from memory, and nothing is promised that is not written. */
class DiskFullIT {
    private static final Duration TTL = Duration.ofSeconds(20);
    private static final List<String> ACCOUNTS = List.of("desk-1", "desk-2", "desk-3", "desk-4");

    /** Somebody else closes their keys while the disk is full: what took their place is in memory only. */
    private static final List<String> CLOSED = List.of("desk-2", "desk-4");

    private static final String CAN_T = "the store can't be written";
    private static final String LATE = "late";

    @TempDir
    private Path folder;

    private ProcessFixture bench;

    @BeforeEach
    void setUp() throws Exception {
        bench = new ProcessFixture(folder, TTL).set("LEASE_RENEW_EVERY", "2s").set("LEASE_CONFIRM", "never");
        Files.createDirectories(bench.storeFolder());
    }

    @AfterEach
    void cleanUp() throws Exception {
        bench.close();
        for (DiskShortage shortage : DiskShortage.values()) {
            shortage.cleanUp(bench.storeFolder());
        }
    }

    static List<DiskShortage> ways() throws Exception {
        return DiskShortage.known();
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("ways")
    void nothingIsLostAndNothingIsHalfKept(DiskShortage shortage) throws Exception {
        assertThat(shortage.prepare(bench.storeFolder())).isTrue();
        DaemonProcess daemon = bench.start().awaitReady();
        bench.registerAll(daemon, ACCOUNTS);

        DiskShortage.End full = shortage.begin(bench.storeFile(), daemon);
        awaitNoticed(daemon);
        if (shortage.outlivesTheDaemon()) {
            daemon.kill();
            daemon = bench.start().awaitReady();
            awaitNoticed(daemon);
        }
        awaitNewKeys(daemon);
        bench.awaitSuccessOfAll(ACCOUNTS, Instant.now(), SOON);
        assertShortageIsTold(daemon);
        assertNothingIsPromised(daemon);

        full.end();
        awaitWell(daemon);
        daemon.kill();

        assertNothingIsForgotten(bench.start().awaitReady());
        assertThat(daemon.said(CAN_T)).isOne();
        assertThat(bench.ledger().expired()).isEmpty();
        assertThat(bench.ledger().lives()).hasSize(ACCOUNTS.size() + CLOSED.size());
        assertThatCalls(bench.ledger().calls()).closeNoKey().doNotOverlap();
    }

    @Test
    void aFirstStartWithoutSpaceIsRefusedWithASentence() throws Exception {
        bench.launchBy(List.of("sh", "-c", "ulimit -f 0; exec \"$@\"", "sh"));
        DaemonProcess refused = bench.start();
        assertThat(refused.exitCode(SOON)).isNotZero();
        assertThat(refused.output())
                .contains("listenkeyd can't start, its store " + bench.storeFile(), "LISTENKEYD_STORE_FILE");
    }

    private static void awaitWell(DaemonProcess daemon) {
        await("all is well").atMost(SOON).until(() -> daemon.health("well").up());
    }

    private static void awaitNoticed(DaemonProcess daemon) {
        await("it is noticed").atMost(SOON).until(() -> !daemon.health("well").up());
    }

    private void awaitNewKeys(DaemonProcess daemon) {
        CLOSED.forEach(account -> bench.exchange.closeKey(ProcessFixture.apiKey(account)));
        await("new keys were made")
                .atMost(SOON)
                .until(() -> CLOSED.stream()
                        .allMatch(account ->
                                daemon.lease(account).path("generation").asInt() == 2));
    }

    private static void assertShortageIsTold(DaemonProcess daemon) {
        DaemonProcess.Health well = daemon.health("well");
        assertThat(well.up()).isFalse();
        assertThat(well.data().get("storeWritable").asBoolean()).isFalse();
        assertThat(well.data().get("LOST").asInt()).isZero();
        assertThat(daemon.health("live").up()).isTrue();
        assertThat(daemon.health("ready").up()).isTrue();
        assertThat(daemon.get("/v1/status").get("storeWritable").asBoolean()).isFalse();
        assertThat(daemon.metrics().value("listenkey_store_writable")).isZero();
        await().atMost(SOON).untilAsserted(() -> assertThat(daemon.said(CAN_T)).isOne());
    }

    private void assertNothingIsPromised(DaemonProcess daemon) {
        assertUnavailable(bench.register(daemon, LATE, "recreate"));
        assertThat(daemon.leases()).doesNotContainKey(LATE);
        assertThat(bench.exchange.calls(ProcessFixture.apiKey(LATE))).isEmpty();

        assertUnavailable(daemon.call("DELETE", "/v1/listen-keys/desk-1?holder=bot", ""));
        assertThat(daemon.leases().keySet()).containsExactlyElementsOf(ACCOUNTS);
    }

    private static void assertUnavailable(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(503);
        assertThat(LocalHttp.json(response).get("code").asText()).isEqualTo("store-unavailable");
    }

    private void assertNothingIsForgotten(DaemonProcess next) {
        assertThat(next.leases().keySet()).containsExactlyElementsOf(ACCOUNTS);
        bench.assertKeysAreTrue(next, ACCOUNTS);
        for (String account : CLOSED) {
            JsonNode loss = next.lease(account).get("lastLoss");
            assertThat(loss.get("cause").asText()).isEqualTo("CLOSED_ELSEWHERE");
            assertThat(loss.get("recoveredAt").isNull()).isFalse();
        }
        bench.awaitSuccessOfAll(ACCOUNTS, Instant.now(), SOON);
    }
}
