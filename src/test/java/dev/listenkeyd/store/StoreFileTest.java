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
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteDataSource;

class StoreFileTest {
    private static final String NEWER_HISTORY =
            "INSERT INTO flyway_schema_history SELECT 1000, '1000', 'from the future', type, script, checksum,"
                    + " installed_by, installed_on, execution_time, success FROM flyway_schema_history LIMIT 1";

    @TempDir
    private Path folder;

    private final SQLiteDataSource disk = new SQLiteDataSource();
    private Path file = Path.of("");

    @BeforeEach
    void setUp() {
        file = folder.resolve("leases.db");
        disk.setUrl("jdbc:sqlite:" + file);
        disk.setJournalMode(JournalMode.WAL.getValue());
    }

    @Test
    void missingFoldersAndFilesAreMadeForTheirOwnerOnly() throws Exception {
        assumeTrue(FileSystems.getDefault().supportedFileAttributeViews().contains("posix"));
        Path deep = folder.resolve("var/lib/leases.db");

        try (StoreFile opened = StoreFile.open(deep)) {
            assertThat(opened.schemaVersion()).isZero();
        }

        assertThat(mode(folder.resolve("var"))).isEqualTo("rwx------");
        assertThat(mode(folder.resolve("var/lib"))).isEqualTo("rwx------");
        assertThat(mode(deep)).isEqualTo("rw-------");
        assertThat(mode(folder.resolve("var/lib/leases.db.lock"))).isEqualTo("rw-------");
    }

    @Test
    void whatSqliteAddsHasTheModeOfTheFile() throws Exception {
        assumeTrue(FileSystems.getDefault().supportedFileAttributeViews().contains("posix"));
        try (StoreFile opened = StoreFile.open(file);
                Connection connection = disk.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE t (x)");

            assertThat(opened.schemaVersion()).isZero();
            assertThat(mode(Path.of(file + "-wal"))).isEqualTo("rw-------");
        }
    }

    @Test
    void aFileThatIsThereKeepsItsContentAndTellsItsVersion() throws Exception {
        Flyway.configure().dataSource(disk).load().migrate();
        Map<String, String> before = contents();

        try (StoreFile opened = StoreFile.open(file)) {
            assertThat(opened.schemaVersion()).isEqualTo(StoreFile.SCHEMA_VERSION);
        }

        assertThat(contents()).containsAllEntriesOf(before);
    }

    @Test
    void aDatabaseWithoutHistoryIsVersionZero() throws Exception {
        execute("CREATE TABLE lease (account TEXT)");

        try (StoreFile opened = StoreFile.open(file)) {
            assertThat(opened.schemaVersion()).isZero();
        }
    }

    @Test
    void aFailedMigrationDoesNotCount() throws Exception {
        Flyway.configure().dataSource(disk).load().migrate();
        execute(NEWER_HISTORY);
        execute("UPDATE flyway_schema_history SET success = 0 WHERE version = '1000'");

        try (StoreFile opened = StoreFile.open(file)) {
            assertThat(opened.schemaVersion()).isEqualTo(StoreFile.SCHEMA_VERSION);
        }
    }

    @Test
    void aNewerSchemaIsRefusedAndNoByteOfItChanged() throws Exception {
        Flyway.configure().dataSource(disk).load().migrate();
        execute(NEWER_HISTORY);
        Map<String, String> before = contents();

        assertThatThrownBy(() -> StoreFile.open(file))
                .isInstanceOf(Store.Unusable.class)
                .hasMessageContaining("schema version 1000")
                .hasMessageContaining("newer")
                .hasMessageContaining("not touched");

        assertThat(contents()).containsAllEntriesOf(before);
    }

    /** As a newer version leaves it when it is killed: what it wrote is in the write-ahead log only. */
    @Test
    void aNewerSchemaIsSeenInTheLogOfAKilledProcessAndNoByteOfItChanged() throws Exception {
        Flyway.configure().dataSource(disk).load().migrate();
        Path killed = folder.resolve("killed.db");
        try (Connection connection = disk.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(NEWER_HISTORY);
            Files.copy(file, killed);
            Files.copy(Path.of(file + "-wal"), Path.of(killed + "-wal"));
        }
        Map<String, String> before = contents();

        assertThatThrownBy(() -> StoreFile.open(killed))
                .isInstanceOf(Store.Unusable.class)
                .hasMessageContaining("schema version 1000");

        assertThat(contents()).containsAllEntriesOf(before);
    }

    @Test
    void aFileInUseIsRefusedUntilItIsClosed() throws Exception {
        try (StoreFile first = StoreFile.open(file)) {
            assertThat(first.schemaVersion()).isZero();
            assertThatThrownBy(() -> StoreFile.open(file))
                    .isInstanceOf(Store.Unusable.class)
                    .hasMessageContaining("in use by another listenkeyd");
        }

        try (StoreFile second = StoreFile.open(file)) {
            assertThat(second.schemaVersion()).isZero();
        }
    }

    @Test
    void aRefusedFileIsNotKeptLocked() throws Exception {
        Files.writeString(file, "not a database, but long enough to be taken for one".repeat(50));
        assertThatThrownBy(() -> StoreFile.open(file)).isInstanceOf(Store.Unusable.class);
        Files.delete(file);

        try (StoreFile opened = StoreFile.open(file)) {
            assertThat(opened.schemaVersion()).isZero();
        }
    }

    @Test
    void aFileThatIsNoDatabaseIsRefusedAndLeftAlone() throws Exception {
        String text = "Dear diary, ".repeat(1000);
        Files.writeString(file, text);

        assertThatThrownBy(() -> StoreFile.open(file))
                .isInstanceOf(Store.Unusable.class)
                .hasMessageContaining("can't be read as SQLite")
                .hasMessageContaining("NOTADB");

        assertThat(file).hasContent(text);
    }

    @Test
    void aFolderIsRefused() throws Exception {
        Files.createDirectory(file);

        assertThatThrownBy(() -> StoreFile.open(file))
                .isInstanceOf(Store.Unusable.class)
                .hasMessageContaining("leases.db is not a regular file");
    }

    /** Whoever may write the folder must not be able to hold up the start. */
    @ParameterizedTest
    @ValueSource(strings = {"leases.db", "leases.db.lock"})
    void aPipeIsNotOpened(String name) throws Exception {
        assumeTrue(new ProcessBuilder("mkfifo", folder.resolve(name).toString())
                        .start()
                        .waitFor()
                == 0);

        assertTimeoutPreemptively(
                Duration.ofSeconds(30),
                () -> assertThatThrownBy(() -> StoreFile.open(file))
                        .isInstanceOf(Store.Unusable.class)
                        .hasMessageContaining(name + " is not a regular file"));
    }

    @Test
    void aFileWhereAFolderShouldBeIsRefused() throws Exception {
        Files.writeString(file, "in the way");

        assertThatThrownBy(() -> StoreFile.open(file.resolve("leases.db")))
                .isInstanceOf(Store.Unusable.class)
                .hasMessageContaining("can't be opened")
                .hasMessageContaining(file.toString());
    }

    @Test
    void theNewestMigrationIsTheVersionThatThisProgramKnows() throws Exception {
        try (Stream<Path> files = Files.list(Path.of("src/main/resources/db/migration"))) {
            List<Integer> versions =
                    files.map(StoreFileTest::versionOf).sorted().toList();
            assertThat(versions).isNotEmpty().doesNotHaveDuplicates();
            assertThat(versions.get(versions.size() - 1)).isEqualTo(StoreFile.SCHEMA_VERSION);
        }
    }

    private static int versionOf(Path migration) {
        Matcher name = Pattern.compile("V(\\d+)__\\w+\\.sql")
                .matcher(migration.getFileName().toString());
        assertThat(name.matches()).as("the name of %s", migration).isTrue();
        return Integer.parseInt(name.group(1));
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = disk.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    /** Every file but the lock and SQLite's index of the log, which holds nothing of its own. */
    private Map<String, String> contents() throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path path : files.toList()) {
                if (!path.toString().endsWith(".lock") && !path.toString().endsWith("-shm")) {
                    contents.put(path.toString(), HexFormat.of().formatHex(Files.readAllBytes(path)));
                }
            }
        }
        return contents;
    }
}
