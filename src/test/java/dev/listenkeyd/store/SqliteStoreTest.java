package dev.listenkeyd.store;

import static dev.listenkeyd.store.StoreFolder.KEY;
import static dev.listenkeyd.store.StoreFolder.OTHER_KEY;
import static dev.listenkeyd.store.StoreFolder.active;
import static dev.listenkeyd.store.StoreFolder.apiKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.listenkeyd.lease.ChangeRecords;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.secrets.KeySource;
import dev.listenkeyd.secrets.SecretKeys;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Opening a store with the right key, the wrong key and none. */
class SqliteStoreTest {
    @TempDir
    private Path root;

    private StoreFolder folder = new StoreFolder(Path.of(""));

    @BeforeEach
    void setUp() throws Exception {
        folder = new StoreFolder(Files.createDirectory(root.resolve("data")));
    }

    @AfterEach
    void tearDown() {
        folder.close();
    }

    // --- without a configured key

    @Test
    void aNewStoreGetsAKeyFileBeforeAnythingIsWritten() throws Exception {
        try (Store store = store(null, () -> {
            assertThat(keyFile()).isNotEmptyFile();
            assertThat(folder.file()).isEmptyFile();
            migrate();
        })) {
            store.open();
            put(store, active("main"));
        }

        try (Store next = open(null)) {
            assertThat(next.leases().live()).containsExactly(active("main"));
        }
        assertThat(folder.filesWith(apiKey("main"))).isEmpty();
    }

    @Test
    void theKeyFileCanBeMovedElsewhere() throws Exception {
        folder.migrate();
        try (Store store = open(null)) {
            put(store, active("main"));
        }
        String moved = Files.readString(keyFile());
        Files.delete(keyFile());

        try (Store next = open(moved)) {
            assertThat(next.leases().live()).containsExactly(active("main"));
        }
        assertThat(keyFile()).doesNotExist();
    }

    @Test
    void aKeyFileWithoutAKeyIsRefusedAndLeftAlone() throws Exception {
        folder.migrate().close();
        Files.writeString(keyFile(), "Dear SECRET diary");
        Map<String, String> before = folder.contents();

        assertThat(refusal(null))
                .contains(keyFile().toString(), "key 1 is not base64", "Put the right one back")
                .doesNotContain("SECRET diary");

        assertThat(folder.contents()).isEqualTo(before);
    }

    @Test
    void aKeyFileThatCannotBeMadeIsRefused() throws Exception {
        folder.migrate().close();
        Files.createDirectories(folder.file().resolveSibling("leases.db.key.new/in the way"));

        assertThat(refusal(null)).contains(keyFile().toString(), "can't be made", "LISTENKEYD_SECRETS_KEY");
    }

    // --- a wrong key

    @Test
    void aWrongKeyChangesNothing() throws Exception {
        storeOfAKilledProcess();
        Map<String, String> before = folder.contents();

        assertThat(refusal(OTHER_KEY))
                .contains("that of main", "and 2 more account(s) is encrypted with key", "and given is")
                .contains("Nothing was changed", "Set LISTENKEYD_SECRETS_KEY or LISTENKEYD_SECRETS_KEY_FILE")
                .doesNotContain(KEY, OTHER_KEY, "aPiKeY", "leases.db.key");
        assertThat(folder.contents()).containsKey("leases.db-wal").isEqualTo(before);
    }

    @Test
    void aMissingKeyFileIsNotMadeAgain() throws Exception {
        storeOfAKilledProcess();
        Map<String, String> before = folder.contents();

        assertThat(refusal(null)).contains("The key file " + keyFile() + " is missing", "no key is given");

        assertThat(folder.contents()).isEqualTo(before);
    }

    @Test
    void anUnusedKeyFileIsNamed() throws Exception {
        storeOfAKilledProcess();
        Files.writeString(keyFile(), KEY);

        assertThat(refusal(OTHER_KEY)).contains("One key stands in " + keyFile());
    }

    @Test
    void aSecretInAnUnknownFormIsRefused() throws Exception {
        folder.migrate();
        try (Store store = open(KEY)) {
            put(store, active("main"), active("newer"));
        }
        folder.execute("UPDATE lease SET listen_key = x'02414243' WHERE account = 'newer'");

        assertThat(refusal(KEY)).contains("that of newer is in a form that this version does not know");
    }

    // --- its life

    @Test
    void oldRowsAreReadAndOnlySeveralKeysNeedReencryption() throws Exception {
        folder.migrate();
        try (Store store = open(OTHER_KEY)) {
            put(store, active("main"));
            assertThat(store.reencryption()).isNull();
        }

        try (Store store = open(KEY + "," + OTHER_KEY)) {
            assertThat(store.leases().live()).containsExactly(active("main"));
            assertThat(Objects.requireNonNull(store.reencryption()).step()).isTrue();
        }

        try (Store store = open(KEY)) {
            assertThat(store.leases().live()).containsExactly(active("main"));
        }
    }

    @Test
    void aFailedMigrationIsRefusedAndTheFileIsFree() throws Exception {
        try (Store store = store(KEY, () -> {
            throw new IllegalStateException("no room");
        })) {
            assertThatThrownBy(store::open).hasMessageContainingAll("no room", "LISTENKEYD_STORE_FILE");
            assertThat(store.isOpen()).isFalse();
        }

        try (Store next = store(KEY, this::migrate)) {
            next.open();
            assertThat(next.isOpen()).isTrue();
        }
    }

    @Test
    void untilItIsOpenNothingIsRead() throws Exception {
        folder.migrate();
        try (Store store = store(KEY, () -> {})) {
            assertThatThrownBy(store::reencryption).hasMessage("the store is not open");
            store.open();
            assertThatThrownBy(() -> open(KEY)).hasMessageContaining("in use by another listenkeyd");
        }
    }

    private Store open(@Nullable String keys) throws Exception {
        Store store = store(keys, () -> {});
        store.open();
        return store;
    }

    private Store store(@Nullable String keys, Runnable migration) throws Exception {
        SecretKeys configured = keys == null ? null : SecretKeys.parse(keys);
        KeySource source = new KeySource(folder.file(), configured, new SecureRandom());
        return new SqliteStore(folder.file(), source, folder.connect(), migration, new SecureRandom());
    }

    private String refusal(@Nullable String keys) {
        Store.Unusable refused = catchThrowableOfType(Store.Unusable.class, () -> open(keys));
        assertThat(refused).isNotNull();
        return String.valueOf(refused.getMessage());
    }

    private static void put(Store store, Lease... leases) throws Exception {
        for (Lease lease : List.of(leases)) {
            store.leases().put(lease, ChangeRecords.NONE).toCompletableFuture().get(30, TimeUnit.SECONDS);
        }
    }

    private void migrate() {
        try {
            folder.overwriteWithMigrated();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private Path keyFile() {
        return Path.of(folder.file() + ".key");
    }

    /** Three leases, of which some stand in the log only. */
    private void storeOfAKilledProcess() throws Exception {
        folder.migrate();
        try (Store store = open(KEY)) {
            put(store, active("main"), active("second"), active("third"));
        }
        StoreFolder killed = folder.killed(Files.createDirectory(root.resolve("killed")));
        folder.close();
        folder = killed;
    }
}
