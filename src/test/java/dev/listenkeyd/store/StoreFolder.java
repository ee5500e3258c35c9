package dev.listenkeyd.store;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.listenkeyd.audit.AuditStore;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseState.Pending;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.secrets.SecretCipher;
import dev.listenkeyd.secrets.SecretKeys;
import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;

/** A folder with a migrated store, used as the daemon uses it: over one connection that stays open, by the daemon's address. */
public final class StoreFolder implements AutoCloseable {
    public static final String KEY = key(1);
    public static final String OTHER_KEY = key(2);

    static final Instant T0 = Instant.parse("2026-11-22T00:00:00Z");

    /** A file as Flyway leaves it: made once, since that takes its time. */
    private static byte[] migrated = {};

    private final Path folder;
    private @Nullable AgroalDataSource open;

    public StoreFolder(Path folder) {
        this.folder = folder;
    }

    public Path file() {
        return folder.resolve("leases.db");
    }

    /** Makes the file one of the newest schema, without a lease. */
    public StoreFolder migrate() throws IOException, SQLException {
        close();
        overwriteWithMigrated();
        return this;
    }

    /** In the place of Flyway, which takes its time. */
    void overwriteWithMigrated() throws IOException, SQLException {
        if (migrated.length == 0) {
            Path temporary = Files.createTempDirectory("listenkeyd-test");
            StoreFolder once = new StoreFolder(temporary);
            Flyway.configure().dataSource(once.connect()).load().migrate();
            once.close();
            migrated = Files.readAllBytes(once.file());
            Files.delete(once.file());
            Files.delete(temporary);
        }
        Files.write(file(), migrated);
    }

    /** As the daemon does. One process at a time: what was opened before is closed. */
    public AgroalDataSource connect() throws SQLException {
        String url =
                daemons("quarkus.datasource.sqlite.jdbc.url").replace("${listenkeyd.store.file}", file().toString());
        return connect(url, daemons("quarkus.datasource.sqlite.jdbc.new-connection-sql"));
    }

    /** Without waiting for the disk at each write. */
    public AgroalDataSource connectInHaste() throws SQLException {
        return connect("jdbc:sqlite:" + file() + "?journal_mode=WAL&synchronous=OFF", "SELECT 1");
    }

    private AgroalDataSource connect(String url, String firstSql) throws SQLException {
        close();
        AgroalDataSource dataSource = AgroalDataSource.from(new AgroalDataSourceConfigurationSupplier()
                .metricsEnabled(false)
                .connectionPoolConfiguration(pool -> pool.maxSize(1)
                        .acquisitionTimeout(Duration.ofSeconds(5))
                        .connectionFactoryConfiguration(factory -> factory.connectionProviderClass(SqliteDriver.class)
                                .jdbcUrl(url)
                                .initialSql(firstSql))));
        open = dataSource;
        return dataSource;
    }

    /** The audit of the file, over a new connection. */
    public AuditStore auditStore() throws SQLException {
        return new AuditTable(new Database(Database.Engine.SQLITE, connect()), null);
    }

    /** Names of all files that hold these bytes. */
    public List<String> filesWith(byte[] wanted) throws IOException {
        String text = new String(wanted, ISO_8859_1);
        List<String> found = new ArrayList<>();
        for (Path file : files()) {
            if (new String(Files.readAllBytes(file), ISO_8859_1).contains(text)) {
                found.add(file.getFileName().toString());
            }
        }
        return found;
    }

    public List<String> filesWith(String wanted) throws IOException {
        return filesWith(wanted.getBytes(ISO_8859_1));
    }

    /**
     * Every byte of every file, by name; but for the lock, SQLite's code, its index of the log, and a log with nothing in it.
     */
    public Map<String, String> contents() throws IOException {
        Map<String, String> contents = new TreeMap<>();
        for (Path file : files()) {
            String name = file.getFileName().toString();
            boolean emptyLog = name.endsWith("-wal") && Files.size(file) == 0;
            if (!emptyLog && !name.endsWith(".lock") && !name.endsWith(".so") && !name.endsWith("-shm")) {
                contents.put(name, HexFormat.of().formatHex(Files.readAllBytes(file)));
            }
        }
        return contents;
    }

    public List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    /** The files of a process that is killed now, its log included. */
    public StoreFolder killed(Path into) throws IOException {
        for (Path file : files()) {
            Files.copy(file, into.resolve(file.getFileName()));
        }
        Files.deleteIfExists(into.resolve("leases.db-shm"));
        return new StoreFolder(into);
    }

    /** Over the connection that is open, if any. */
    public void execute(String sql) throws SQLException {
        try (Connection connection = openOrNew().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The first column of the first row, as text. */
    public String query(String sql) throws SQLException {
        try (Connection connection = openOrNew().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return String.valueOf(row.getString(1));
        }
    }

    private AgroalDataSource openOrNew() throws SQLException {
        AgroalDataSource last = open;
        return last == null ? connectInHaste() : last;
    }

    @Override
    public void close() {
        AgroalDataSource last = open;
        if (last != null) {
            last.close();
            open = null;
        }
    }

    /** A key of 32 bytes, all the same, in base64. */
    public static String key(int filledWith) {
        byte[] bytes = new byte[SecretKeys.KEY_BYTES];
        Arrays.fill(bytes, (byte) filledWith);
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** A cipher with these keys, comma between them. */
    public static SecretCipher cipher(String keys) {
        return new SecretCipher(SecretKeys.parse(keys), new SecureRandom());
    }

    /** With an API key and a listen key that stand nowhere else. */
    public static Lease active(String account) {
        ListenKey key = new ListenKey(new Secret(listenKey(account)), T0, null, T0.plusSeconds(3600));
        return lease(account, key, new Active(T0.plusSeconds(1800)));
    }

    /** With an adopted key in place of the listen key. */
    public static Lease pending(String account) {
        return lease(account, null, new Pending(T0, 0, new Secret(adoptedKey(account))));
    }

    private static Lease lease(String account, @Nullable ListenKey key, LeaseState state) {
        Registration registration = new Registration(account, new Secret(apiKey(account)), OnLoss.RECREATE, "bot", T0);
        return new Lease(registration, 1, key, state, null, null, 1);
    }

    public static String apiKey(String account) {
        return "aPiKeY-of-" + account + "-" + "A".repeat(40);
    }

    public static String listenKey(String account) {
        return "lIsTeNkEy-of-" + account + "-" + "L".repeat(40);
    }

    public static String adoptedKey(String account) {
        return "aDoPtEd-of-" + account + "-" + "D".repeat(40);
    }

    /** A setting of the daemon, as it is packaged. */
    static String daemons(String setting) {
        Properties properties = new Properties();
        try (InputStream in = Files.newInputStream(Path.of("src/main/resources/application.properties"))) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Objects.requireNonNull(properties.getProperty(setting), setting);
    }
}
