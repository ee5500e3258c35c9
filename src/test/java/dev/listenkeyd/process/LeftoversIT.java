package dev.listenkeyd.process;

import static dev.listenkeyd.process.DaemonProcess.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** However a process ends, its folder of temporary files is as it was, and its exit code says how it went. */
class LeftoversIT {
    private static final Map<String, String> SANDBOX = Map.of("LISTENKEYD_SANDBOX", "true");

    @TempDir
    private Path folder;

    private Path temporary;

    @BeforeEach
    void setUp() throws IOException {
        temporary = Files.createDirectory(folder.resolve("tmp"));
    }

    @Test
    void aStopLeavesNothingBehind() throws Exception {
        try (DaemonProcess daemon = start(SANDBOX).awaitReady()) {
            assertThat(daemon.terminate()).isZero();
        }

        assertThat(temporary).isEmptyDirectory();
    }

    @Test
    void notEvenAKilledDaemonLeavesSomethingBehind() throws Exception {
        try (DaemonProcess daemon = start(Map.of()).awaitReady()) {
            daemon.kill();
        }

        assertThat(temporary).isEmptyDirectory();
    }

    /** Stopped while it starts: that was asked for, too. */
    @Test
    void aStopDuringAStartIsASuccess() throws Exception {
        try (DaemonProcess daemon = start(SANDBOX)) {
            await("it has made its store").atMost(SOON).until(() -> !isEmpty(temporary));

            assertThat(daemon.terminate()).as(daemon.output()).isZero();
            assertThat(daemon.output()).doesNotContain("ERROR", "\tat ");
        }

        assertThat(temporary).isEmptyDirectory();
    }

    @Test
    void aPortInUseEndsTheStartWithOneSentence() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Map<String, String> environment = new HashMap<>(SANDBOX);
            environment.put(DaemonProcess.PORT, Integer.toString(taken.getLocalPort()));

            assertThat(refused(environment))
                    .contains("can't listen on 127.0.0.1, port " + taken.getLocalPort(), DaemonProcess.PORT)
                    .doesNotContain("kill", "ERROR", "renewal failed");
        }
    }

    @Test
    void aWrongSettingMakesNoFile() throws Exception {
        Map<String, String> environment = new HashMap<>(SANDBOX);
        environment.put("LISTENKEYD_BUDGET_WEIGHT", "0");

        assertThat(refused(environment)).contains("LISTENKEYD_BUDGET_WEIGHT must be at least 1");
    }

    private String refused(Map<String, String> environment) throws IOException, InterruptedException {
        try (DaemonProcess daemon = start(environment)) {
            assertThat(daemon.exitCode(SOON)).isOne();
            assertThat(daemon.output()).doesNotContain("\tat ");
            assertThat(temporary).isEmptyDirectory();
            return daemon.output();
        }
    }

    private DaemonProcess start(Map<String, String> environment) throws IOException {
        List<String> flags = new ArrayList<>(DaemonProcess.quickStart());
        flags.add("-Djava.io.tmpdir=" + temporary);
        return DaemonProcess.start(folder, environment, List.of(), flags);
    }

    private static boolean isEmpty(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.findAny().isEmpty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
