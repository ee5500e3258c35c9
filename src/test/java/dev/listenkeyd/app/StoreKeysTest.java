package dev.listenkeyd.app;

import static dev.listenkeyd.store.StoreFolder.KEY;
import static dev.listenkeyd.store.StoreFolder.OTHER_KEY;
import static dev.listenkeyd.store.StoreFolder.active;
import static dev.listenkeyd.store.StoreFolder.apiKey;
import static dev.listenkeyd.store.StoreFolder.cipher;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.listenkeyd.config.Settings;
import dev.listenkeyd.config.SettingsReaderTest;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.secrets.SecretCipher;
import dev.listenkeyd.store.BlockingStore;
import dev.listenkeyd.store.StoreFile;
import dev.listenkeyd.store.StoreFolder;
import dev.listenkeyd.telemetry.LogRecording;
import io.agroal.api.AgroalDataSource;
import io.quarkus.runtime.configuration.ConfigurationException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteDataSource;

/** Starts with the right key, the wrong key and none. */
class StoreKeysTest {
    private static final String BESIDE = "leases.db.key";
    private static final int REST = 60;
    private static final Map<String, String> NOTHING = Map.of();

    private final LogRecording log = new LogRecording("listenkeyd");

    @TempDir
    private Path root;

    private StoreFolder folder = new StoreFolder(Path.of(""));
    private BlockingStore store = new BlockingStore(new SQLiteDataSource(), StoreFolder.locked());

    @BeforeEach
    void setUp() throws Exception {
        folder = new StoreFolder(Files.createDirectory(root.resolve("data")));
    }

    @AfterEach
    void tearDown() {
        folder.close();
        log.close();
    }

    // --- no key configured

    @Test
    void withoutAKeyOneIsMadeBeforeAnythingIsWrittenAndThatIsSaid() throws Exception {
        try (StoreFile opened = StoreFile.open(folder.file())) {
            assertThat(opened.schemaVersion()).isZero();
            start(NOTHING);
        }

        assertThat(folder.file()).isEmptyFile();
        assertThat(folder.file().resolveSibling(BESIDE)).isNotEmptyFile();
        assertThat(log.lines)
                .singleElement()
                .asString()
                .startsWith("WARN ")
                .contains(BESIDE, "beside it", "LISTENKEYD_SECRETS_KEY_FILE", "LISTENKEYD_SECRETS_KEY ");
    }

    @Test
    void theKeyThatWasMadeServesTheNextStart() throws Exception {
        StoreFile.open(folder.file()).close();
        start(NOTHING);
        folder.migrate();
        start(NOTHING);
        insert(active("main"));

        start(NOTHING);

        assertThat(store.live()).containsExactly(active("main"));
        assertThat(folder.filesWith(apiKey("main"))).isEmpty();
    }

    @Test
    void theSandboxNeedsNoWarning() throws Exception {
        StoreFile.open(folder.file()).close();

        start(Map.of("listenkeyd.sandbox", "true"));

        assertThat(folder.file().resolveSibling(BESIDE)).exists();
        assertThat(log.lines).isEmpty();
    }

    @Test
    void aKeyFileThatIsNoneIsRefusedAndLeftAlone() throws Exception {
        folder.migrate().close();
        Files.writeString(folder.file().resolveSibling(BESIDE), "Dear SECRET diary");
        Map<String, String> before = folder.contents();

        assertThat(refusal(NOTHING)).contains(BESIDE, "key 1 is not base64").doesNotContain("SECRET diary");

        assertThat(folder.contents()).isEqualTo(before);
    }

    @Test
    void aKeyFileThatCannotBeMadeIsSaid() throws Exception {
        folder.migrate().close();
        Files.createDirectories(folder.file().resolveSibling(BESIDE + ".new/in the way"));

        assertThat(refusal(NOTHING)).contains(BESIDE, "can't be made", "LISTENKEYD_SECRETS_KEY");
    }

    // --- a configured key

    @Test
    void aConfiguredKeyLeavesNoFileAndNeedsNoWarning() throws Exception {
        folder.migrate();

        start(key(KEY));
        insert(active("main"));

        assertThat(folder.file().resolveSibling(BESIDE)).doesNotExist();
        assertThat(log.lines).isEmpty();
        start(key(KEY));
        assertThat(store.live()).containsExactly(active("main"));
    }

    @Test
    void theKeyFileCanBeMovedElsewhere() throws Exception {
        StoreFile.open(folder.file()).close();
        start(NOTHING);
        folder.migrate();
        start(NOTHING);
        insert(active("main"));
        Path elsewhere = Files.move(folder.file().resolveSibling(BESIDE), root.resolve("key"));
        log.lines.clear();

        start(Map.of("listenkeyd.secrets.key-file", elsewhere.toString()));

        assertThat(store.live()).containsExactly(active("main"));
        assertThat(folder.file().resolveSibling(BESIDE)).doesNotExist();
        assertThat(log.lines).isEmpty();
    }

    @Test
    void aKeyFileThatOthersMayReadIsUsedWithAWarning() throws Exception {
        assumeTrue(FileSystems.getDefault().supportedFileAttributeViews().contains("posix"));
        folder.migrate();
        Path open = Files.writeString(root.resolve("key"), KEY);
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-r--r--"));

        start(Map.of("listenkeyd.secrets.key-file", open.toString()));

        assertThat(log.lines).singleElement().asString().contains("WARN", open.toString(), "rw-r--r--", "600");
        log.lines.clear();

        Files.move(open, folder.file().resolveSibling(BESIDE));
        start(NOTHING);

        assertThat(log.lines).hasSize(2).last().asString().contains(BESIDE, "rw-r--r--");
    }

    // --- a wrong key

    @Test
    void aWrongKeyStopsTheStartAndTouchesNothing() throws Exception {
        storeOfAKilledProcess();
        Map<String, String> before = folder.contents();

        String said = refusal(key(OTHER_KEY));

        assertThat(said)
                .contains("its store " + folder.file(), "that of main", "and 2 more account(s) is encrypted with key")
                .contains("Nothing was changed", "Set LISTENKEYD_SECRETS_KEY or LISTENKEYD_SECRETS_KEY_FILE")
                .doesNotContain(KEY, OTHER_KEY, "aPiKeY", BESIDE);
        assertThat(folder.contents()).containsKey("leases.db-wal").isEqualTo(before);
    }

    @Test
    void aMissingKeyFileIsNotMadeAnew() throws Exception {
        storeOfAKilledProcess();
        Map<String, String> before = folder.contents();

        assertThat(refusal(NOTHING)).contains("The key file " + folder.file() + ".key is missing", "no key is given");

        assertThat(folder.contents()).isEqualTo(before);
    }

    @Test
    void aKeyFileThatIsPassedOverIsNamed() throws Exception {
        storeOfAKilledProcess();
        Files.writeString(folder.file().resolveSibling(BESIDE), KEY);

        assertThat(refusal(key(OTHER_KEY))).contains("One key stands in " + folder.file() + ".key");
    }

    @Test
    void aFormOfTheFutureStopsTheStart() throws Exception {
        folder.migrate();
        start(key(KEY));
        insert(active("main"), active("newer"));
        folder.execute("UPDATE lease SET listen_key = x'02414243' WHERE account = 'newer'");

        assertThat(refusal(key(KEY))).contains("that of newer is in a form that this version does not know");
    }

    // --- after the start

    @Test
    void rowsUnderAnOldKeyAreRenewedAndTheOldKeyIsNeededNoMore() throws Exception {
        folder.migrate();
        start(key(OTHER_KEY));
        insert(active("main"), active("second"));

        StoreKeys secrets = start(key(KEY + "," + OTHER_KEY));
        insert(active("third"));
        assertThat(log.lines).isEmpty();
        upkeep(secrets);

        assertThat(log.lines).containsExactly("INFO 2 row(s) re-encrypted; the old keys can be removed");
        start(key(KEY));
        assertThat(store.live()).hasSize(3);
    }

    @Test
    void anOldKeyThatNothingNeedsIsSaidToBeRemovable() throws Exception {
        folder.migrate();

        upkeep(start(key(KEY + "," + OTHER_KEY)));

        assertThat(log.lines).containsExactly("INFO 0 row(s) re-encrypted; the old keys can be removed");
    }

    @Test
    void plainRowsOfAnEarlierVersionAreReadAndEncrypted() throws Exception {
        folder.migrate();
        start(key(KEY));
        insert(active("main"));
        folder.toPlain(cipher(KEY));

        StoreKeys secrets = start(NOTHING);
        assertThat(store.live()).containsExactly(active("main"));
        log.lines.clear();
        upkeep(secrets);

        assertThat(log.lines).containsExactly("INFO 1 row(s) re-encrypted");
        assertThat(folder.filesWith(apiKey("main"))).isEmpty();
        assertThat(store.live()).containsExactly(active("main"));
    }

    @Test
    void withNothingToDoThereIsNoLine() throws Exception {
        folder.migrate();

        upkeep(start(key(KEY)));

        assertThat(log.lines).isEmpty();
    }

    @Test
    void troubleIsSaidOnceUntilItIsOver() throws Exception {
        StoreKeys secrets = oneUnreadableRowToEncrypt();

        upkeep(secrets, 3 * (1 + REST));

        assertThat(log.lines)
                .singleElement()
                .asString()
                .startsWith("WARN ")
                .contains(": main: its api_key", "tried again");
    }

    @Test
    void afterTroubleItRestsAMinute() throws Exception {
        StoreKeys secrets = oneUnreadableRowToEncrypt();
        upkeep(secrets, 2);
        assertThat(log.lines).hasSize(1);
        folder.execute("UPDATE lease SET api_key = NULL");

        upkeep(secrets, REST);
        assertThat(folder.query("PRAGMA user_version")).isEqualTo("0");
        upkeep(secrets, 3);

        assertThat(log.lines).hasSize(2).last().asString().contains("1 row(s) re-encrypted");
    }

    /** The first step marks the file, the second reaches the row. */
    private StoreKeys oneUnreadableRowToEncrypt() throws Exception {
        folder.migrate();
        start(key(OTHER_KEY));
        insert(active("main"));
        StoreKeys secrets = start(key(KEY + "," + OTHER_KEY));
        folder.execute("UPDATE lease SET api_key = x'00'");
        return secrets;
    }

    private StoreKeys start(Map<String, String> properties) throws SQLException {
        SecretCipher cipher = StoreFolder.locked();
        AgroalDataSource dataSource = folder.connect();
        store = new BlockingStore(dataSource, cipher);
        StoreKeys secrets = new StoreKeys(settings(properties), cipher, dataSource);
        secrets.unlock();
        return secrets;
    }

    private String refusal(Map<String, String> properties) {
        ConfigurationException refused = catchThrowableOfType(ConfigurationException.class, () -> start(properties));
        assertThat(refused).isNotNull();
        return String.valueOf(refused.getMessage());
    }

    private static void upkeep(StoreKeys secrets) {
        upkeep(secrets, 10);
    }

    private static void upkeep(StoreKeys secrets, int seconds) {
        for (int i = 0; i < seconds; i++) {
            secrets.reencrypt();
        }
    }

    private void insert(Lease... leases) {
        List.of(leases).forEach(store::put);
    }

    /** Three leases, some of them only in SQLite's log. */
    private void storeOfAKilledProcess() throws Exception {
        folder.migrate();
        start(key(KEY));
        insert(active("main"), active("second"), active("third"));
        StoreFolder killed = folder.killed(Files.createDirectory(root.resolve("killed")));
        folder.close();
        folder = killed;
    }

    private static Map<String, String> key(String keys) {
        return Map.of("listenkeyd.secrets.key", keys);
    }

    private Settings settings(Map<String, String> properties) {
        Map<String, String> all = new HashMap<>(properties);
        all.put("listenkeyd.store.file", folder.file().toString());
        return SettingsReaderTest.read(Map.of(), all);
    }
}
