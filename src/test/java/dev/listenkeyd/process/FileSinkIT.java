package dev.listenkeyd.process;

import static dev.listenkeyd.process.DaemonProcess.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.listenkeyd.exchange.CallLedger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The files of the packaged daemon follow the keys; a folder that can't be written is told, and touches no renewal. */
class FileSinkIT {
    private static final Duration TTL = Duration.ofSeconds(20);
    private static final List<String> ACCOUNTS = List.of("main", "other");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CAN_T = "main.json can't be written";
    private static final String AGAIN = "main.json is written again";

    @TempDir
    private Path folder;

    /** Of the account main. */
    private Path sinkFolder;

    private Path json;
    private Path rawKey;
    private ProcessFixture bench;

    @BeforeEach
    void setUp() throws IOException {
        sinkFolder = Files.createDirectory(folder.resolve("run"));
        json = sinkFolder.resolve("main.json");
        rawKey = folder.resolve("other.key");
        bench = new ProcessFixture(folder, TTL)
                .set("LEASE_RENEW_EVERY", "2s")
                .set("LEASE_CONFIRM", "never")
                .set("ACCOUNTS_MAIN_SINK_FILE", json.toString())
                .set("ACCOUNTS_OTHER_SINK_FILE", rawKey.toString())
                .set("ACCOUNTS_OTHER_SINK_FILE_MODE", "0640");
        // Nothing that the daemon makes may be read by others, unless it says so itself.
        bench.launchBy(List.of("sh", "-c", "umask 077; exec \"$@\"", "sh"));
    }

    @AfterEach
    void cleanUp() throws InterruptedException {
        ReadOnly.undo(sinkFolder);
        for (DiskShortage shortage : DiskShortage.values()) {
            shortage.cleanUp(sinkFolder);
        }
        bench.close();
    }

    @Test
    void filesFollowTheKeys() throws Exception {
        Path precious = Files.writeString(folder.resolve("precious"), "precious");
        Files.createSymbolicLink(json, precious);
        Path leftOver = Files.writeString(folder.resolve(".other.key.tmp"), "left over by a kill");

        DaemonProcess daemon = bench.start().awaitReady();
        await("there is no key yet")
                .atMost(SOON)
                .untilAsserted(
                        () -> assertThat(json)
                                .content()
                                .isEqualTo(
                                        "{\"account\":\"main\",\"listenKey\":null,\"generation\":0,\"expiresAt\":null,\"streamUrl\":null}\n"));
        await().atMost(SOON).untilAsserted(() -> assertThat(rawKey).isEmptyFile());
        assertThat(leftOver).doesNotExist();
        assertThat(precious).content().isEqualTo("precious");

        bench.registerAll(daemon, ACCOUNTS);
        awaitTruth(daemon);
        assertThat(modeOf(json)).isEqualTo("rw-------");
        assertThat(modeOf(rawKey)).isEqualTo("rw-r-----");
        for (int generation = 2; generation <= 4; generation++) {
            ACCOUNTS.forEach(account -> bench.exchange.closeKey(ProcessFixture.apiKey(account)));
            int newest = generation;
            await("another key")
                    .atMost(SOON)
                    .until(() -> read(json).get("generation").asInt() == newest);
            awaitTruth(daemon);
        }

        daemon.kill();
        DaemonProcess next = bench.start().awaitReady();
        bench.exchange.closeKey(ProcessFixture.apiKey("main"));
        await("another key")
                .atMost(SOON)
                .until(() -> read(json).get("generation").asInt() == 5);
        awaitTruth(next);

        assertThat(next.call("DELETE", "/v1/listen-keys/main?holder=bot", "").statusCode())
                .isEqualTo(204);
        await("the lease has ended")
                .atMost(SOON)
                .until(() -> read(json).get("listenKey").isNull());
        assertThat(next.terminate()).isZero();
        assertThat(rawKey).as("after the daemon").content().isEqualTo(newestKey("other"));
        assertThat(modeOf(rawKey)).isEqualTo("rw-r-----");
        assertThat(sinkFolder).isDirectoryContaining(path -> path.equals(json)).isDirectoryNotContaining("glob:**.tmp");
    }

    static List<DiskShortage> ways() throws Exception {
        return DiskShortage.known();
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("ways")
    void aFullDiskIsToldAndTheFileIsRightAfterwards(DiskShortage shortage) throws Exception {
        assertThat(shortage.prepare(sinkFolder)).isTrue();
        DaemonProcess daemon = bench.start().awaitReady();
        bench.registerAll(daemon, ACCOUNTS);
        awaitTruth(daemon);
        String before = Files.readString(json);

        DiskShortage.End full = shortage.begin(json, daemon);
        bench.exchange.closeKey(ProcessFixture.apiKey("main"));
        assertTold(daemon, before);

        full.end();
        awaitRight(daemon);
    }

    @Test
    void aReadOnlyFolderIsToldAndTheFileIsRightAfterwards() throws Exception {
        DaemonProcess daemon = bench.start().awaitReady();
        bench.registerAll(daemon, ACCOUNTS);
        awaitTruth(daemon);
        String before = Files.readString(json);

        assumeTrue(ReadOnly.make(sinkFolder), "a folder can be made read-only here");
        bench.exchange.closeKey(ProcessFixture.apiKey("main"));
        assertTold(daemon, before);
        assertThat(daemon.health("well").data().get("storeWritable").asBoolean())
                .isTrue();
        assertThat(daemon.metrics().value("listenkey_sink_writable", "account", "other"))
                .isEqualTo(1);

        ReadOnly.undo(sinkFolder);
        awaitRight(daemon);
    }

    @Test
    void aFolderThatIsGoneIsToldAndTheFileIsRightAfterwards() throws Exception {
        DaemonProcess daemon = bench.start().awaitReady();
        bench.registerAll(daemon, ACCOUNTS);
        awaitTruth(daemon);

        Path away = Files.move(sinkFolder, folder.resolve("away"));
        // Noticed although its key does not change.
        assertTold(daemon, "");

        Files.move(away, sinkFolder);
        awaitRight(daemon);
    }

    private void assertTold(DaemonProcess daemon, String before) throws IOException {
        await("it is told").atMost(SOON).untilAsserted(() -> {
            DaemonProcess.Health well = daemon.health("well");
            assertThat(well.up()).isFalse();
            assertThat(well.data().path("sink main").asText()).startsWith(json + ": ");
        });
        assertThat(daemon.metrics().value("listenkey_sink_writable", "account", "main"))
                .isZero();
        assertThat(daemon.health("live").up()).isTrue();
        bench.awaitSuccessOfAll(ACCOUNTS, Instant.now(), SOON);
        if (!before.isEmpty()) {
            assertThat(json).as("whole, as it was").content().isEqualTo(before);
        }
        await().atMost(SOON).untilAsserted(() -> assertThat(daemon.said(CAN_T)).isOne());
    }

    private void awaitRight(DaemonProcess daemon) {
        await("all is well")
                .atMost(SOON.multipliedBy(2))
                .until(() -> daemon.health("well").up());
        awaitTruth(daemon);
        await().atMost(SOON).untilAsserted(() -> assertThat(daemon.said(AGAIN)).isOne());
        assertThat(daemon.said(CAN_T)).isOne();
        assertThat(bench.ledger().expired()).isEmpty();
        assertThat(sinkFolder).isDirectoryNotContaining("glob:**.tmp");
    }

    /** The file is the very answer of the API, and the key the one that the exchange knows. */
    private void awaitTruth(DaemonProcess daemon) {
        await("the file is what /key answers")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(Files.readString(json))
                        .isEqualTo(daemon.call("GET", "/v1/listen-keys/main/key", "")
                                        .body()
                                        .strip()
                                + "\n"));
        await("the key alone")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(rawKey).content().isEqualTo(newestKey("other")));
        assertThat(readListenKey()).isEqualTo(newestKey("main"));
    }

    private String readListenKey() {
        try {
            return read(json).get("listenKey").asText();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private String newestKey(String account) {
        List<CallLedger.Life> lives = bench.ledger().livesOf(ProcessFixture.apiKey(account));
        return lives.get(lives.size() - 1).key();
    }

    private static JsonNode read(Path file) throws IOException {
        return JSON.readTree(file.toFile());
    }

    private static String modeOf(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }
}
