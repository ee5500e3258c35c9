package dev.listenkeyd.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.SQLiteJDBCLoader;

/** The library that is unpacked once, beside the store. */
@NullUnmarked
class SqliteLibraryTest {
    @TempDir
    private Path folder;

    /** Fails after an update of the driver: the new checksums are in the message. */
    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch64"})
    void theChecksumsAreThoseOfTheDriver(String architecture) throws Exception {
        String resource = "/org/sqlite/native/Linux/" + architecture + "/libsqlitejdbc.so";
        try (InputStream content = SQLiteJDBCLoader.class.getResourceAsStream(resource)) {
            byte[] bytes = Objects.requireNonNull(content, resource).readAllBytes();

            assertThat(SqliteLibrary.SHA_256.get(architecture)).isEqualTo(sha256(bytes));
        }
        assertThat(SqliteLibrary.SHA_256).hasSize(2);
    }

    @Test
    void itIsUnpackedOnceForItsOwnerOnly() throws Exception {
        Path unpacked = find();
        FileTime before = FileTime.from(Instant.EPOCH);
        Files.setLastModifiedTime(unpacked, before);

        assertThat(find()).isEqualTo(unpacked);

        assertThat(Files.getLastModifiedTime(unpacked)).isEqualTo(before);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(unpacked)))
                .isEqualTo("r-x------");
        assertThat(files()).containsExactly(unpacked);
    }

    /** As a full disk or a hand may leave it. */
    @Test
    void aFileWithOtherContentIsReplaced() throws Exception {
        Path unpacked = find();
        byte[] genuine = Files.readAllBytes(unpacked);
        Files.delete(unpacked);
        Files.write(unpacked, new byte[genuine.length]);

        assertThat(find()).isEqualTo(unpacked).hasBinaryContent(genuine);
        assertThat(files()).containsExactly(unpacked);
    }

    @Test
    void theLibraryOfAnotherDriverIsRemovedAndWhatAKilledProcessLeft() throws Exception {
        Files.write(folder.resolve("libsqlitejdbc-123.tmp"), new byte[] {1});
        Files.write(folder.resolve("libsqlitejdbc-3.1.0.0-x86_64.so"), new byte[] {1});
        Files.write(folder.resolve("leases.db"), new byte[] {1});

        Path unpacked = find();

        assertThat(files()).containsExactly(folder.resolve("leases.db"), unpacked);
    }

    /** Others could put their own code there between its check and its use. */
    @Test
    void whereOthersMayWriteNothingIsUnpacked() throws Exception {
        assumeTrue(SqliteLibrary.find(folder) != null);
        Path shared = Files.createDirectory(folder.resolve("shared"));
        Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxrwx---"));

        assertThat(SqliteLibrary.find(shared)).isNull();

        assertThat(shared).isEmptyDirectory();
    }

    @Test
    void aLinkIsNotFollowed() throws Exception {
        Path unpacked = find();
        Path elsewhere = Files.move(unpacked, folder.resolve("elsewhere"));
        Files.createSymbolicLink(unpacked, elsewhere);

        assertThat(find())
                .isEqualTo(unpacked)
                .isRegularFile()
                .satisfies(file -> assertThat(Files.isSymbolicLink(file)).isFalse());
    }

    /** The driver unpacks it elsewhere then. */
    @Test
    void whereNothingCanBeWrittenThereIsNone() throws Exception {
        assertThat(SqliteLibrary.find(folder.resolve("missing"))).isNull();
    }

    /** Null on machines of which no library is known: there the driver does it all. */
    private Path find() {
        Path found = SqliteLibrary.find(folder);
        assumeTrue(found != null);
        assertThat(found.getParent()).isEqualTo(folder);
        return found;
    }

    private List<Path> files() throws Exception {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    private static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}
