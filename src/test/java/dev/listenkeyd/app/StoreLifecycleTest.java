package dev.listenkeyd.app;

import static dev.listenkeyd.store.StoreFolder.KEY;
import static dev.listenkeyd.store.StoreFolder.OTHER_KEY;
import static dev.listenkeyd.store.StoreFolder.active;
import static dev.listenkeyd.store.StoreFolder.cipher;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.listenkeyd.config.Settings;
import dev.listenkeyd.config.SettingsReader;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.secrets.KeySource;
import dev.listenkeyd.store.BlockingStore;
import dev.listenkeyd.store.SqliteStore;
import dev.listenkeyd.store.Store;
import dev.listenkeyd.store.StoreFolder;
import dev.listenkeyd.telemetry.LogRecording;
import dev.listenkeyd.telemetry.ReplicaTelemetry;
import io.agroal.api.AgroalDataSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Log lines and refusals of the store and its keys. */
class StoreLifecycleTest {
    private static final int REST = 60;
    private static final Map<String, String> NO_KEY = Map.of();
    private static final Map<String, String> ROTATED = Map.of("listenkeyd.secrets.key", KEY + "," + OTHER_KEY);

    private final LogRecording log = new LogRecording("listenkeyd");

    @TempDir
    private Path root;

    private StoreFolder folder = new StoreFolder(Path.of(""));
    private @Nullable Store opened;

    @BeforeEach
    void setUp() throws Exception {
        folder = new StoreFolder(Files.createDirectory(root.resolve("data"))).migrate();
    }

    @AfterEach
    void tearDown() {
        folder.close();
        log.close();
    }

    @Test
    void aKeyBesideTheStoreIsWarnedOf() throws Exception {
        open(NO_KEY).close();

        assertThat(log.lines)
                .singleElement()
                .asString()
                .startsWith("WARN ")
                .contains(keyFile().toString(), "beside it", "LISTENKEYD_SECRETS_KEY_FILE", "LISTENKEYD_SECRETS_KEY ");
    }

    @Test
    void theSandboxNeedsNoWarning() throws Exception {
        open(Map.of("listenkeyd.sandbox", "true")).close();

        assertThat(keyFile()).exists();
        assertThat(log.lines).isEmpty();
    }

    @Test
    void aConfiguredKeyNeedsNoFileAndNoLine() throws Exception {
        StoreLifecycle store = open(Map.of("listenkeyd.secrets.key", KEY));
        upkeep(store, 10);

        assertThat(keyFile()).doesNotExist();
        assertThat(log.lines).isEmpty();
        store.close();
    }

    @Test
    void aKeyFileThatOthersMayReadIsUsedWithAWarning() throws Exception {
        assumeTrue(FileSystems.getDefault().supportedFileAttributeViews().contains("posix"));
        Path open = Files.writeString(root.resolve("key"), KEY);
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-r--r--"));

        open(Map.of("listenkeyd.secrets.key-file", open.toString())).close();

        assertThat(log.lines).singleElement().asString().contains("WARN", open.toString(), "rw-r--r--", "600");
        log.lines.clear();

        Files.move(open, keyFile());
        open(NO_KEY).close();

        assertThat(log.lines).hasSize(2).last().asString().contains(keyFile().toString(), "rw-r--r--");
    }

    @Test
    void aStoreThatCannotBeOpenedOrReadStopsTheStart() throws Exception {
        insert("main");

        assertThatThrownBy(() -> open(NO_KEY))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll(
                        "listenkeyd can't start, its store " + folder.file() + " holds a secret",
                        "LISTENKEYD_SECRETS_KEY");
        folder.execute("ALTER TABLE pause RENAME TO elsewhere");
        assertThatThrownBy(() -> open(ROTATED))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll("the pause can't be read", "LISTENKEYD_STORE_FILE");
    }

    // --- re-encryption

    @Test
    void theOldKeyCanBeRemovedOnceItsRowsAreReencrypted() throws Exception {
        insert("main", "second");
        StoreLifecycle store = open(ROTATED);
        assertThat(Objects.requireNonNull(opened).leases().live()).hasSize(2);
        assertThat(log.lines).isEmpty();

        upkeep(store, 10);

        assertThat(log.lines).containsExactly("INFO 2 row(s) re-encrypted; the old keys can be removed");
        store.close();
        open(Map.of("listenkeyd.secrets.key", KEY)).close();
    }

    @Test
    void anOldKeyWithoutRowsCanBeRemoved() throws Exception {
        StoreLifecycle store = open(ROTATED);

        upkeep(store, 10);

        assertThat(log.lines).containsExactly("INFO 0 row(s) re-encrypted; the old keys can be removed");
        store.close();
    }

    @Test
    void troubleIsLoggedOnceAndTriedAgainEveryMinuteUntilItIsOver() throws Exception {
        insert("main");
        StoreLifecycle store = open(ROTATED);
        folder.execute("UPDATE lease SET api_key = x'00'");

        upkeep(store, 1 + 2 * (REST + 1));
        assertThat(log.lines)
                .singleElement()
                .asString()
                .startsWith("WARN ")
                .contains(": main: its api_key", "tried again");

        folder.execute("UPDATE lease SET api_key = NULL");
        upkeep(store, REST);
        assertThat(log.lines).hasSize(1);
        upkeep(store, 1);
        assertThat(log.lines).hasSize(2).last().asString().contains("1 row(s) re-encrypted");
        store.close();
    }

    /** The pass over the others takes more than one step. */
    @Test
    void aRowThatDoesNotDecryptIsLoggedOnce() throws Exception {
        insert(IntStream.range(100, 350).mapToObj(i -> "a" + i).toArray(String[]::new));
        StoreLifecycle store = open(ROTATED);
        folder.execute("UPDATE lease SET listen_key = api_key WHERE account = 'a200'");
        folder.execute("CREATE TABLE before AS SELECT * FROM lease");

        for (int pass = 0; pass < 3; pass++) {
            upkeep(store, REST + 3);
            folder.execute("REPLACE INTO lease SELECT * FROM before");
        }

        assertThat(log.lines).singleElement().asString().contains(": a200: its listen_key does not decrypt");
        store.close();
    }

    /** Under the old key. */
    private void insert(String... accounts) throws Exception {
        BlockingStore store = new BlockingStore(folder.connect(), cipher(OTHER_KEY));
        for (String account : accounts) {
            store.put(active(account));
        }
    }

    private StoreLifecycle open(Map<String, String> properties) throws Exception {
        Map<String, String> all = new HashMap<>(properties);
        all.put("listenkeyd.store.file", folder.file().toString());
        Path defaults = Path.of("src/main/resources/application.properties");
        var config = new SmallRyeConfigBuilder()
                .addDefaultInterceptors()
                .withSources(
                        new PropertiesConfigSource(defaults.toUri().toURL(), 250),
                        new PropertiesConfigSource(all, "properties", 260))
                .build();
        AgroalDataSource dataSource = folder.connect();
        Flyway flyway = Flyway.configure().dataSource(dataSource).load();
        Settings settings = SettingsReader.read(config);
        SecureRandom random = new SecureRandom();
        KeySource keys = new KeySource(settings.storeFile(), settings.secrets().keys(), random);
        opened = new SqliteStore(settings.storeFile(), keys, dataSource, flyway::migrate, random);
        FleetLifecycle alone =
                new FleetLifecycle(settings, new ReplicaTelemetry(new SimpleMeterRegistry()), System::nanoTime, () -> {
                    throw new IllegalStateException("not started here");
                });
        StoreLifecycle store = new StoreLifecycle(settings, opened, alone);
        store.open(new LeaseRegistry(opened.leases(), InstantSource.system(), System::nanoTime, event -> {}));
        return store;
    }

    private static void upkeep(StoreLifecycle store, int seconds) {
        for (int i = 0; i < seconds; i++) {
            store.reencrypt();
        }
    }

    private Path keyFile() {
        return Path.of(folder.file() + ".key");
    }
}
