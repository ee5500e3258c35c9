package dev.listenkeyd.process;

import static dev.listenkeyd.process.CallAssert.assertThatCalls;
import static dev.listenkeyd.process.DaemonProcess.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.listenkeyd.exchange.CallLedger.Call;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SIGTERM in the middle of calls: what the exchange answers is still written down. */
class StopIT {
    private static final Duration TTL = Duration.ofMinutes(3);
    private static final List<String> ACCOUNTS = List.of("desk-1", "desk-2", "desk-3");
    private static final String CLOSED = "desk-1";

    @TempDir
    private Path folder;

    private ProcessFixture bench;

    @BeforeEach
    void setUp() {
        bench = new ProcessFixture(folder, TTL).set("LEASE_RENEW_EVERY", "2s").set("LEASE_CONFIRM", "never");
        bench.setQuarkus("LOG_CATEGORY__LISTENKEYD__LEVEL", "DEBUG");
    }

    @AfterEach
    void cleanUp() throws InterruptedException {
        bench.close();
    }

    @Test
    void aNewKeyInFlightIsNotForgotten() throws Exception {
        DaemonProcess daemon = bench.start().awaitReady();
        bench.registerAll(daemon, ACCOUNTS);
        bench.exchange.slowDown(Duration.ofSeconds(1));
        bench.exchange.closeKey(ProcessFixture.apiKey(CLOSED));
        Instant closed = Instant.now();
        await("a new key is on its way")
                .atMost(SOON)
                .until(() -> bench.ledger().unanswered().stream()
                        .anyMatch(call -> call.method().equals("POST")));

        assertThat(daemon.terminate()).isZero();

        Instant ended = Instant.now();
        assertThat(bench.ledger().unanswered()).as("calls cut off").isEmpty();
        bench.exchange.slowDown(Duration.ZERO);
        DaemonProcess next = bench.start().awaitReady();
        bench.assertKeysAreTrue(next, ACCOUNTS);
        assertAudited(next);
        assertThat(next.lease(CLOSED).get("generation").asInt()).isEqualTo(2);
        bench.awaitSuccessOfAll(ACCOUNTS, ended, SOON);
        assertThat(bench.ledger().lives()).hasSize(ACCOUNTS.size() + 1);
        assertThat(bench.ledger().expired()).isEmpty();
        assertThat(bench.ledger().callsSince(closed))
                .filteredOn(call -> call.method().equals("POST"))
                .extracting(Call::apiKey)
                .containsExactly(ProcessFixture.apiKey(CLOSED));
        assertThatCalls(bench.ledger().calls()).closeNoKey().doNotOverlap();
        assertThat(next.terminate()).isZero();
        assertThat(next.output())
                .containsPattern(
                        "ready \\d+ ms after the process began: JVM \\d+, Quarkus \\d+, settings \\d+, beans \\d+,"
                                + " store \\d+, leases \\d+, events \\d+, replicas \\d+, audit \\d+, accounts \\d+, API \\d+\n")
                .doesNotContain("live replicas");
    }

    /** The stop that closed the book is its last row, and the next start goes on behind it. */
    private static void assertAudited(DaemonProcess next) {
        JsonNode audit = next.get("/v1/audit");
        assertThat(audit.get("intact").asBoolean()).isTrue();
        assertThat(audit.get("items"))
                .extracting(row -> row.get("seq").asInt() + " "
                        + row.get("client").asText() + " " + row.get("action").asText() + " "
                        + row.get("account").asText())
                .startsWith(
                        "1 listenkeyd start null",
                        "2 default register desk-1",
                        "3 default register desk-2",
                        "4 default register desk-3",
                        "5 listenkeyd stop null",
                        "6 listenkeyd start null",
                        "7 default reveal desk-1");
    }
}
