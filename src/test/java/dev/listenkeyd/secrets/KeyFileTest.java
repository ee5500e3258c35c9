package dev.listenkeyd.secrets;

import static dev.listenkeyd.store.StoreFolder.KEY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyFileTest {
    private final SecureRandom random = new SecureRandom();

    @TempDir
    private Path folder;

    private KeyFile file = new KeyFile(Path.of(""));

    @BeforeEach
    void setUp() {
        file = KeyFile.beside(folder.resolve("leases.db"));
    }

    @Test
    void aKeyIsMadeBesideTheStoreForItsOwnerOnly() throws Exception {
        SecretKeys made = file.create(random);

        assertThat(file.path()).isEqualTo(folder.resolve("leases.db.key"));
        assertThat(Files.readString(file.path())).matches("[A-Za-z0-9+/]{43}=\n");
        assertThat(file.read().names()).isEqualTo(made.names());
        if (posix()) {
            assertThat(Files.getPosixFilePermissions(file.path()))
                    .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        }
        assertThat(files()).containsExactly("leases.db.key");
    }

    @Test
    void everyKeyIsAnother() throws Exception {
        SecretKeys first = file.create(random);
        Files.delete(file.path());

        assertThat(file.create(random).names()).isNotEqualTo(first.names());
    }

    @Test
    void anExistingFileIsNotReplaced() throws Exception {
        Files.writeString(file.path(), "");

        assertThatThrownBy(() -> file.create(random)).isInstanceOf(IOException.class);

        assertThat(file.path()).isEmptyFile();
    }

    @Test
    void aLinkIntoNothingIsNotReplacedEither() throws Exception {
        assumeTrue(posix());
        Files.createSymbolicLink(file.path(), folder.resolve("not-mounted-yet"));

        assertThat(file.exists()).isTrue();
        assertThatThrownBy(() -> file.create(random)).isInstanceOf(IOException.class);
        assertThatThrownBy(file::read).hasMessage("does not exist");
    }

    /** The process dies while it writes: there is no key file then, and the next start makes one. */
    @Test
    void aHalfWrittenKeyNeverHasTheNameOfAKeyFile() throws Exception {
        SecureRandom dying = new SecureRandom() {
            private static final long serialVersionUID = 1L;

            @Override
            public void nextBytes(byte[] bytes) {
                throw new IllegalStateException("killed");
            }
        };
        assertThatThrownBy(() -> file.create(dying)).hasMessage("killed");
        assertThat(file.exists()).isFalse();
        Files.writeString(folder.resolve("leases.db.key.new"), "half a k");

        SecretKeys made = file.create(random);

        assertThat(file.read().names()).isEqualTo(made.names());
        assertThat(files()).containsExactly("leases.db.key");
    }

    @Test
    void anUnreadableFileIsReportedWithoutContentOrPath() throws Exception {
        assertThatThrownBy(new KeyFile(Path.of(KEY))::read).hasMessage("does not exist");
        assertThatThrownBy(new KeyFile(folder)::read)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining(folder.toString());
        Files.writeString(file.path(), KEY.repeat(100));
        assertThatThrownBy(file::read).hasMessage("is larger than 4096 bytes");
        Files.write(file.path(), new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});
        assertThatThrownBy(file::read).hasMessageContaining("key 1 is not base64");
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(path -> path.getFileName().toString()).toList();
        }
    }

    private static boolean posix() {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    }
}
