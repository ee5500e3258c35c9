package dev.listenkeyd.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoreFileTest {
    private static final String NEWER_HISTORY =
            "INSERT INTO flyway_schema_history SELECT 1000, '1000', 'from the future', type, script, checksum,"
                    + " installed_by, installed_on, execution_time, success FROM flyway_schema_history LIMIT 1";

    @TempDir
    private Path path;

    private StoreFolder folder = new StoreFolder(Path.of(""));

    @BeforeEach
    void setUp() {
        folder = new StoreFolder(path);
    }

    @AfterEach
    void tearDown() {
        folder.close();
    }

    // --- what is there, or made

    @Test
    void missingFoldersAndFilesAreMadeForTheirOwnerOnly() throws Exception {
        assumeTrue(FileSystems.getDefault().supportedFileAttributeViews().contains("posix"));

        assertThat(versionOf(path.resolve("var/lib/leases.db"))).isZero();

        assertThat(mode("var")).isEqualTo("rwx------");
        assertThat(mode("var/lib")).isEqualTo("rwx------");
        assertThat(mode("var/lib/leases.db")).isEqualTo("rw-------");
        assertThat(mode("var/lib/leases.db.lock")).isEqualTo("rw-------");
    }

    @Test
    void theFilesThatSqliteAddsHaveTheModeOfTheFile() throws Exception {
        assumeTrue(FileSystems.getDefault().supportedFileAttributeViews().contains("posix"));
        try (StoreFile opened = StoreFile.open(folder.file())) {
            assertThat(opened.schemaVersion()).isZero();
            folder.execute("CREATE TABLE t (x)");

            assertThat(mode("leases.db-wal")).isEqualTo("rw-------");
        }
    }

    @Test
    void aFileKeepsItsContentAndTellsItsVersion() throws Exception {
        folder.migrate();
        Map<String, String> before = folder.contents();

        assertThat(versionOf(folder.file())).isEqualTo(StoreFile.SCHEMA_VERSION);

        assertThat(folder.contents()).isEqualTo(before);
    }

    @Test
    void aDatabaseWithoutHistoryIsVersionZero() throws Exception {
        folder.execute("CREATE TABLE lease (account TEXT)");
        folder.close();

        assertThat(versionOf(folder.file())).isZero();
    }

    @Test
    void aFailedMigrationDoesNotCount() throws Exception {
        folder.migrate().execute(NEWER_HISTORY);
        folder.execute("UPDATE flyway_schema_history SET success = 0 WHERE version = '1000'");
        folder.close();

        assertThat(versionOf(folder.file())).isEqualTo(StoreFile.SCHEMA_VERSION);
    }

    @Test
    void theNewestMigrationIsTheVersionThatThisProgramKnows() throws Exception {
        try (Stream<Path> files = Files.list(Path.of("src/main/resources/db/migration"))) {
            assertThat(files.map(file -> file.getFileName().toString().replaceFirst("__\\w+\\.sql$", "")))
                    .doesNotHaveDuplicates()
                    .contains("V" + StoreFile.SCHEMA_VERSION)
                    .hasSize(StoreFile.SCHEMA_VERSION);
        }
    }

    // --- what is refused

    @Test
    void aNewerSchemaIsRefusedAndNoByteOfItChanged() throws Exception {
        folder.migrate().execute(NEWER_HISTORY);
        folder.close();
        Map<String, String> before = folder.contents();

        assertRefused(folder.file()).hasMessageContainingAll("schema version 1000", "newer", "not touched");

        assertThat(folder.contents()).isEqualTo(before);
    }

    /** As a newer version leaves it when it is killed: its change is in the write-ahead log only. */
    @Test
    void aNewerSchemaIsSeenInTheLogOfAKilledProcessAndNoByteOfItChanged() throws Exception {
        folder.migrate().execute(NEWER_HISTORY);
        StoreFolder killed = folder.killed(Files.createDirectory(path.resolve("killed")));
        Map<String, String> before = killed.contents();
        assertThat(before).containsKey("leases.db-wal");

        assertRefused(killed.file()).hasMessageContaining("schema version 1000");

        assertThat(killed.contents()).isEqualTo(before);
    }

    @Test
    void aFileInUseIsRefusedUntilItIsClosed() throws Exception {
        try (StoreFile first = StoreFile.open(folder.file())) {
            assertThat(first.schemaVersion()).isZero();
            assertRefused(folder.file()).hasMessageContaining("in use by another listenkeyd");
        }

        assertThat(versionOf(folder.file())).isZero();
    }

    @Test
    void aFileThatIsNoDatabaseIsRefusedLeftAloneAndNotKeptLocked() throws Exception {
        String text = "Dear diary, ".repeat(1000);
        Files.writeString(folder.file(), text);

        assertRefused(folder.file()).hasMessageContainingAll("can't be read as SQLite", "NOTADB");

        assertThat(folder.file()).hasContent(text);
        Files.delete(folder.file());
        assertThat(versionOf(folder.file())).isZero();
    }

    @Test
    void aFolderIsRefused() throws Exception {
        Files.createDirectory(folder.file());

        assertRefused(folder.file()).hasMessageContaining("leases.db is not a regular file");
    }

    @Test
    void aFileInThePlaceOfAFolderIsRefused() throws Exception {
        Path file = Files.writeString(path.resolve("file"), "in the way");

        assertRefused(file.resolve("leases.db")).hasMessageContainingAll("can't be opened", file.toString());
    }

    /** Whoever may write the folder must not be able to hold up the start. */
    @ParameterizedTest
    @ValueSource(strings = {"leases.db", "leases.db.lock"})
    void aPipeIsNotOpened(String name) throws Exception {
        assumeTrue(new ProcessBuilder("mkfifo", path.resolve(name).toString())
                        .start()
                        .waitFor()
                == 0);

        assertTimeoutPreemptively(
                Duration.ofSeconds(30),
                () -> assertRefused(folder.file()).hasMessageContaining(name + " is not a regular file"));
    }

    private static int versionOf(Path file) throws Exception {
        try (StoreFile opened = StoreFile.open(file)) {
            return opened.schemaVersion();
        }
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> assertRefused(Path file) {
        return assertThatThrownBy(() -> StoreFile.open(file)).isInstanceOf(Store.Unusable.class);
    }

    private String mode(String name) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path.resolve(name)));
    }
}
