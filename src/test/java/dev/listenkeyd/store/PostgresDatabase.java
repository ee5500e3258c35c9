package dev.listenkeyd.store;

import dev.listenkeyd.secrets.SecretKeys;
import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.AgroalConnectionPoolConfiguration.ConnectionValidator;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.exceptionsorter.PostgreSQLExceptionSorter;
import io.agroal.api.security.NamePrincipal;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A database of its own on a real PostgreSQL, which starts once for all tests of a JVM, used as the daemon uses it. As an extension
 * of a test class it is that of all its tests, and empty at the start of each.
 */
public final class PostgresDatabase implements AutoCloseable, BeforeEachCallback, AfterAllCallback {
    private static final String TEMPLATE = "migrated";
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final String PROPERTY = "quarkus.datasource.postgresql.jdbc.additional-jdbc-properties.";

    private static @Nullable EmbeddedPostgres server;

    private final String name;
    private final List<AgroalDataSource> open = new ArrayList<>();

    private PostgresDatabase(String name) {
        this.name = name;
    }

    /** Without a table. */
    public static PostgresDatabase empty() {
        String name = "empty_" + COUNT.incrementAndGet();
        admin("CREATE DATABASE " + name);
        return new PostgresDatabase(name);
    }

    /** One that the server does not have. */
    static PostgresDatabase missing() {
        return new PostgresDatabase("missing");
    }

    /** With the newest schema, and without a lease. */
    public static synchronized PostgresDatabase migrated() {
        if (query(url("postgres"), "SELECT count(*) FROM pg_database WHERE datname = '" + TEMPLATE + "'")
                .equals("0")) {
            admin("CREATE DATABASE " + TEMPLATE);
            try (PostgresDatabase once = new PostgresDatabase(TEMPLATE)) {
                once.migrate();
            }
        }
        String name = "test_" + COUNT.incrementAndGet();
        admin("CREATE DATABASE " + name + " TEMPLATE " + TEMPLATE);
        return new PostgresDatabase(name);
    }

    private static synchronized EmbeddedPostgres server() {
        if (server == null) {
            try {
                server = EmbeddedPostgres.builder().start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return server;
    }

    private static String url(String database) {
        return server().getJdbcUrl("postgres", database);
    }

    public String url() {
        return url(name);
    }

    void migrate() {
        migrateTo("latest");
    }

    void migrateTo(String version) {
        Flyway.configure()
                .dataSource(url(), "postgres", "")
                .locations("db/postgresql")
                .target(version)
                .load()
                .migrate();
    }

    /** As the daemon does. */
    public AgroalDataSource connect() {
        try {
            AgroalDataSource dataSource = AgroalDataSource.from(new AgroalDataSourceConfigurationSupplier()
                    .metricsEnabled(false)
                    .connectionPoolConfiguration(pool -> pool.maxSize(Integer.parseInt(
                                    StoreFolder.daemons("quarkus.datasource.postgresql.jdbc.max-size")))
                            .connectionValidator(ConnectionValidator.defaultValidator())
                            .validateOnBorrow(true)
                            .exceptionSorter(new PostgreSQLExceptionSorter())
                            .acquisitionTimeout(Duration.ofSeconds(5))
                            .connectionFactoryConfiguration(factory -> {
                                factory.jdbcUrl(url()).principal(new NamePrincipal("postgres"));
                                for (String property :
                                        List.of("socketTimeout", "ApplicationName", "defaultRowFetchSize")) {
                                    factory.jdbcProperty(property, StoreFolder.daemons(PROPERTY + property));
                                }
                                return factory;
                            })));
            open.add(dataSource);
            return dataSource;
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    /** Of a member whose store is open. */
    public PostgresStore open(String member) throws Exception {
        PostgresStore store = store(member, StoreFolder.KEY);
        store.open();
        return store;
    }

    PostgresStore store(String member, String keys) {
        Identity identity = new Identity(member, "replica-of-" + member, Duration.ofSeconds(15));
        return new PostgresStore(
                "postgresql://test/" + name,
                SecretKeys.parse(keys),
                connect(),
                this::migrate,
                new SecureRandom(),
                identity);
    }

    /** Empties all tables but that of Flyway, once the last writes of a store that was closed can hold no lock any more. */
    public void clear() {
        terminateConnections();
        execute("TRUNCATE member, claim, lease, loss, pause, event, delivery, audit, audit_chain, secrets_check,"
                + " approval, quota");
    }

    public void execute(String sql) {
        execute(url(), sql);
    }

    /** The first column of the first row, as text; "" without a row. */
    public String query(String sql) {
        return query(url(), sql);
    }

    /** Lets the time of a membership pass. */
    public void lapse(String member) {
        execute("UPDATE member SET until = now() - interval '1 millisecond' WHERE id = '" + member + "'");
    }

    /** Ends all connections of others, as a restart of the server does. */
    public void terminateConnections() {
        admin("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '" + name + "'");
    }

    /** As a standby is, or a database whose disk is full. */
    public void readOnly(boolean on) {
        admin("ALTER DATABASE " + name + (on ? " SET default_transaction_read_only = on" : " RESET ALL"));
        terminateConnections();
    }

    private static void admin(String sql) {
        execute(url("postgres"), sql);
    }

    private static void execute(String url, String sql) {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new AssertionError(e.getMessage(), e);
        }
    }

    private static String query(String url, String sql) {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? String.valueOf(Objects.requireNonNullElse(row.getString(1), "")) : "";
        } catch (SQLException e) {
            throw new AssertionError(e.getMessage(), e);
        }
    }

    @Override
    public void beforeEach(ExtensionContext test) {
        close();
        clear();
    }

    @Override
    public void afterAll(ExtensionContext tests) {
        close();
    }

    @Override
    public void close() {
        open.forEach(AgroalDataSource::close);
        open.clear();
    }
}
