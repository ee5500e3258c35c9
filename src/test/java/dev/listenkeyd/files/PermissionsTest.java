package dev.listenkeyd.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PermissionsTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "rw-------,,",
        "r--------,,",
        "rwx------,,",
        "rw-r-----, rw-r-----,",
        "rw----r--, rw----r--,",
        "rw------x, rw------x,",
        "rw--w----, rw--w----, rw--w----",
        "rw-----w-, rw-----w-, rw-----w-",
        "rwxrwxrwx, rwxrwxrwx, rwxrwxrwx",
    })
    void permissionsOfOthersAreNoticed(String mode, @Nullable String open, @Nullable String writable) throws Exception {
        assumeTrue(FileSystems.getDefault().supportedFileAttributeViews().contains("posix"));
        Path file = Files.createFile(folder.resolve("file"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);

        assertThat(Permissions.ifOpenToOthers(link)).isEqualTo(open);
        assertThat(Permissions.ifOthersMayWrite(link)).isEqualTo(writable);
    }

    @Test
    void aFileThatIsNotThereIsOpenToNobody() {
        assertThat(Permissions.ifOpenToOthers(folder.resolve("missing"))).isNull();
        assertThat(Permissions.ifOthersMayWrite(folder.resolve("missing"))).isNull();
    }
}
