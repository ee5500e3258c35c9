package dev.listenkeyd.process;

import static dev.listenkeyd.process.DaemonProcess.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store that may not be written: told while it runs, refused at the start. */
class ReadOnlyIT {
    private static final Duration TTL = Duration.ofSeconds(20);
    private static final List<String> ACCOUNTS = List.of("desk-1", "desk-2");

    /** Nobody can make a file there, not even root. */
    private static final String UNWRITABLE = "/proc/listenkeyd/leases.db";

    @TempDir
    private Path folder;

    private ProcessFixture bench;

    @BeforeEach
    void setUp() {
        bench = new ProcessFixture(folder, TTL).set("LEASE_RENEW_EVERY", "2s").set("LEASE_CONFIRM", "never");
    }

    @AfterEach
    void cleanUp() throws InterruptedException {
        ReadOnly.undo(bench.storeFile());
        ReadOnly.undo(bench.storeFolder());
        bench.close();
    }

    @Test
    void whatIsSaidOfTheStoreIsTrue() throws Exception {
        DaemonProcess daemon = bench.start().awaitReady();
        bench.registerAll(daemon, ACCOUNTS);

        ReadOnly.make(bench.storeFolder());
        Instant readOnly = Instant.now();
        bench.awaitSuccessOfAll(ACCOUNTS, readOnly, SOON);
        bench.awaitSuccessOfAll(ACCOUNTS, Instant.now(), SOON);

        DaemonProcess.Health well = daemon.health("well");
        boolean writable = well.data().get("storeWritable").asBoolean();
        assertThat(well.up()).isEqualTo(writable);
        assertThat(daemon.health("live").up()).isTrue();
        assertThat(daemon.metrics().value("listenkey_store_writable")).isEqualTo(writable ? 1 : 0);
        if (!writable) {
            ReadOnly.undo(bench.storeFolder());
            await("it is written again")
                    .atMost(SOON)
                    .until(() -> daemon.health("well").up());
        }
        daemon.kill();
        assertThat(daemon.said("the store can't be written")).isEqualTo(writable ? 0 : 1);

        ReadOnly.undo(bench.storeFolder());
        DaemonProcess next = bench.start().awaitReady();
        assertThat(next.leases().values())
                .as("what was said to be written is there")
                .allSatisfy(lease -> assertThat(instant(lease, "lastSuccessAt")).isAfter(readOnly));
        bench.assertKeysAreTrue(next, ACCOUNTS);
        assertThat(bench.ledger().lives()).hasSize(ACCOUNTS.size());
        assertThat(bench.ledger().expired()).isEmpty();
    }

    @Test
    void aReadOnlyStoreStopsTheStartWithASentence() throws Exception {
        DaemonProcess daemon = bench.start().awaitReady();
        bench.registerAll(daemon, ACCOUNTS);
        daemon.kill();
        int calls = bench.exchange.calls().size();

        if (ReadOnly.make(bench.storeFile())) {
            assertRefused(bench.storeFile().toString());
            ReadOnly.undo(bench.storeFile());
        }
        boolean works = ReadOnly.make(bench.storeFolder());
        if (!works) {
            bench.set("STORE_FILE", UNWRITABLE);
        }
        assertRefused(works ? bench.storeFile().toString() : UNWRITABLE);
        assertThat(bench.exchange.calls()).hasSize(calls);
    }

    private void assertRefused(String file) throws Exception {
        DaemonProcess refused = bench.start();
        assertThat(refused.exitCode(SOON)).isNotZero();
        assertThat(refused.output()).contains("listenkeyd can't start, its store " + file, "LISTENKEYD_STORE_FILE");
    }

    private static Instant instant(JsonNode lease, String member) {
        return Instant.parse(lease.get(member).asText());
    }
}
