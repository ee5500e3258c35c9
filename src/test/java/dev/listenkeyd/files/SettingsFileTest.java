package dev.listenkeyd.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsFileTest {
    private static final int BOUND = 8;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"", "content", "8 bytes."})
    void aFileIsReadUpToTheBound(String content) throws IOException {
        Path file = Files.writeString(folder.resolve("file"), content);

        assertThat(SettingsFile.read(file, BOUND)).isEqualTo(content.getBytes(UTF_8));
    }

    @Test
    void aLargerFileIsNotRead() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "9 bytes..");

        assertThatThrownBy(() -> SettingsFile.read(file, BOUND)).hasMessage("is larger than 8 bytes");
    }

    /** As Kubernetes mounts secrets: a link to a file in a folder that is itself a link. */
    @Test
    void linksAreFollowed() throws IOException {
        Path mounted = Files.createDirectory(folder.resolve("..2026_11_28"));
        Files.writeString(mounted.resolve("token"), "content");
        Files.createSymbolicLink(folder.resolve("..data"), mounted.getFileName());
        Path link = Files.createSymbolicLink(folder.resolve("token"), Path.of("..data", "token"));

        assertThat(SettingsFile.read(link, BOUND)).hasSize(7);
    }

    @Test
    void aPipeHoldsUpNobody() throws Exception {
        Path pipe = folder.resolve("pipe");
        int made = new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor();
        assumeTrue(made == 0);
        Path link = Files.createSymbolicLink(folder.resolve("link"), pipe);

        for (Path file : new Path[] {pipe, link}) {
            assertTimeoutPreemptively(
                    Duration.ofSeconds(30),
                    () -> assertThatThrownBy(() -> SettingsFile.read(file, BOUND))
                            .hasMessage("is not a regular file"));
        }
    }

    @Test
    void aDeviceFillsNoMemory() {
        Path device = Path.of("/dev/zero");
        assumeTrue(Files.exists(device));

        assertThatThrownBy(() -> SettingsFile.read(device, BOUND)).hasMessage("is not a regular file");
        assertThatThrownBy(() -> SettingsFile.readTrusted(device, BOUND))
                .as("whatever its permissions, they must stay")
                .hasMessage("is not a regular file");
    }

    @Test
    void anUnreadableFileIsReportedWithoutItsPath() throws IOException {
        assertThatThrownBy(() -> SettingsFile.read(folder, BOUND)).hasMessage("is not a regular file");
        assertThatThrownBy(() -> SettingsFile.read(folder.resolve("missing"), BOUND))
                .hasMessage("does not exist")
                .hasCauseInstanceOf(IOException.class);
        Path file = Files.writeString(folder.resolve("file"), "content");
        assertThatThrownBy(() -> SettingsFile.read(file.resolve("below"), BOUND))
                .hasMessage("can't be read")
                .hasCauseInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-rw----", "rw-r--rw-", "r---w----"})
    void aTrustedFileIsWrittenByItsOwnerOnly(String mode) throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "content");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);

        assertThatThrownBy(() -> SettingsFile.readTrusted(link, BOUND))
                .hasMessage("may be written by others than its owner (" + mode + "); take that away with chmod go-w");
        assertThat(SettingsFile.read(link, BOUND)).hasSize(7);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-------", "rw-r-----", "rw-r--r--", "rwxr-xr-x"})
    void aTrustedFileMayBeReadByOthers(String mode) throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "content");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));

        assertThat(SettingsFile.readTrusted(file, BOUND)).hasSize(7);
    }
}
