package dev.listenkeyd.process;

import static dev.listenkeyd.process.CallAssert.assertThatCalls;
import static dev.listenkeyd.process.DaemonProcess.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code fsync} does not return for longer than a key lives: keys are kept from memory, and nobody waits without end. */
class HangingDiskIT {
    private static final Duration TTL = Duration.ofSeconds(15);
    private static final List<String> ACCOUNTS =
            IntStream.rangeClosed(1, 4).mapToObj(i -> "desk-" + i).toList();

    @TempDir
    private Path folder;

    private Path hangs;
    private ProcessFixture bench;

    @BeforeEach
    void setUp() throws Exception {
        hangs = folder.resolve("disk-hangs");
        Path library = folder.resolve("hanging-disk.so");
        boolean built = Commands.run(
                "gcc", "-shared", "-fPIC", "-o", library.toString(), "src/test/native/hanging-disk.c", "-ldl");
        if (System.getenv("CI") != null) {
            assertThat(built)
                    .as("the variable CI is set, and gcc is on the path")
                    .isTrue();
        }
        assumeTrue(built, "gcc is not there");
        bench = new ProcessFixture(folder, TTL).set("LEASE_RENEW_EVERY", "2s").set("LEASE_CONFIRM", "never");
        Files.createDirectories(bench.storeFolder());
        bench.launchBy(List.of("env", "LD_PRELOAD=" + library, "HANGING_DISK=" + hangs));
    }

    @AfterEach
    void cleanUp() throws Exception {
        Files.deleteIfExists(hangs);
        if (bench != null) {
            bench.close();
        }
    }

    @Test
    void noKeyDiesNobodyWaitsWithoutEndAndAllIsWrittenAfterwards() throws Exception {
        DaemonProcess daemon = bench.start().awaitReady();
        bench.registerAll(daemon, ACCOUNTS);

        Files.createFile(hangs);
        Instant began = Instant.now();
        await("it is noticed").atMost(SOON).until(() -> !daemon.health("well").up());
        HttpResponse<String> late = bench.register(daemon, "late", "recreate");
        HttpResponse<String> release = daemon.call("DELETE", "/v1/listen-keys/desk-1?holder=bot", "");
        DaemonProcess.awaitInstant(began.plus(TTL).plusSeconds(2));

        for (HttpResponse<String> refused : List.of(late, release)) {
            assertThat(refused.statusCode()).as(refused.body()).isEqualTo(503);
            assertThat(LocalHttp.json(refused).get("code").asText()).isEqualTo("store-unavailable");
        }
        assertThat(bench.exchange.calls(ProcessFixture.apiKey("late"))).isEmpty();
        assertThat(daemon.health("live").up()).isTrue();
        bench.awaitSuccessOfAll(ACCOUNTS, Instant.now(), SOON);

        Files.delete(hangs);
        await("all is well").atMost(SOON).until(() -> daemon.health("well").up());
        daemon.kill();
        DaemonProcess next = bench.start().awaitReady();

        assertThat(next.leases().keySet()).containsExactlyInAnyOrderElementsOf(ACCOUNTS);
        bench.assertKeysAreTrue(next, ACCOUNTS);
        assertThat(bench.ledger().expired()).isEmpty();
        assertThat(bench.ledger().lives()).hasSize(ACCOUNTS.size());
        assertThatCalls(bench.ledger().calls()).closeNoKey().doNotOverlap();
    }

    @Test
    void aStopDoesNotWaitForADiskThatHangs() throws Exception {
        DaemonProcess daemon = bench.start().awaitReady();
        bench.registerAll(daemon, ACCOUNTS);
        Files.createFile(hangs);
        await("it is noticed").atMost(SOON).until(() -> !daemon.health("well").up());

        assertThat(daemon.terminate()).isZero();

        assertThat(daemon.output()).contains("did not take its last writes");
    }

    @Test
    void aFileWithTheKeyThatHangsIsToldAndCatchesUp() throws Exception {
        Path file = folder.resolve("main.key");
        DaemonProcess daemon =
                bench.set("ACCOUNTS_MAIN_SINK_FILE", file.toString()).start().awaitReady();
        bench.registerAll(daemon, List.of("main"));
        await("the key is there").atMost(SOON).until(() -> Files.size(file) > 0);
        String first = Files.readString(file);

        Files.createFile(hangs);
        bench.exchange.closeKey(ProcessFixture.apiKey("main"));
        await("it is told")
                .atMost(SOON)
                .until(() ->
                        daemon.health("well").data().path("sink main").asText().contains("a write hangs"));
        assertThat(daemon.metrics().value("listenkey_sink_writable", "account", "main"))
                .isZero();
        bench.awaitSuccessOfAll(List.of("main"), Instant.now(), SOON);
        assertThat(file).content().isEqualTo(first);

        Files.delete(hangs);
        await("all is well").atMost(SOON).until(() -> daemon.health("well").up());
        assertThat(file)
                .content()
                .isNotEqualTo(first)
                .isEqualTo(
                        daemon.get("/v1/listen-keys/main/key").get("listenKey").asText());
    }
}
