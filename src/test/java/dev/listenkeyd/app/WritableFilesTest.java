package dev.listenkeyd.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.config.SettingsReaderTest;
import dev.listenkeyd.telemetry.LogRecording;
import io.quarkus.runtime.StartupEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that others may write are used, with a warning. */
class WritableFilesTest {
    @TempDir
    private Path root;

    private final LogRecording log = new LogRecording("listenkeyd");
    private Path folder = Path.of("");
    private Path store = Path.of("");
    private Path apiKey = Path.of("");

    @BeforeEach
    void makeFiles() throws IOException {
        folder = Files.createDirectory(root.resolve("data"));
        store = Files.createFile(folder.resolve("leases.db"));
        apiKey = Files.writeString(root.resolve("api-key"), "api-key");
        mode(folder, "rwxr-xr-x");
        mode(store, "rw-r--r--");
        mode(apiKey, "rw-r--r--");
    }

    @AfterEach
    void stopListening() {
        log.close();
    }

    @Test
    void filesThatOnlyTheOwnerMayWriteNeedNoWarning() {
        warn();

        assertThat(log.lines).isEmpty();
    }

    @Test
    void eachIsWarnedOf() throws IOException {
        mode(folder, "rwxrwxr-x");
        mode(store, "rw-r--rw-");
        mode(apiKey, "rw-rw----");

        warn();

        assertThat(log.lines)
                .containsExactly(
                        line("API key of main", apiKey, "rw-rw----"),
                        line("store", store, "rw-r--rw-"),
                        line("folder of the store", folder, "rwxrwxr-x"));
    }

    @Test
    void aStoreThatIsNotThereYetIsFine() throws IOException {
        Files.delete(store);
        Files.delete(folder);

        warn();

        assertThat(log.lines).isEmpty();
    }

    private static String line(String what, Path file, String mode) {
        return "WARN The " + what + ", " + file + ", may be written by others than its owner (" + mode
                + "). Take that away with chmod go-w.";
    }

    private void warn() {
        Map<String, String> properties = Map.of(
                "listenkeyd.store.file", store.toString(), "listenkeyd.accounts.main.api-key-file", apiKey.toString());
        new WritableFiles().warn(new StartupEvent(), SettingsReaderTest.read(Map.of(), properties));
    }

    private static void mode(Path file, String mode) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }
}
