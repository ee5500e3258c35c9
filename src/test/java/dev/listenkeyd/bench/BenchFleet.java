package dev.listenkeyd.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.listenkeyd.process.DaemonProcess;
import dev.listenkeyd.store.StoreFolder;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Packaged replicas, a PostgreSQL that writes as a real one does, and the exchange of benchmarks. */
final class BenchFleet implements AutoCloseable {
    private static final String OPEN_BUDGET = "10000000";

    private final Path folder;
    private final List<String> command;
    private final LightExchangeProcess exchange;
    private final EmbeddedPostgres database;
    private final Map<String, String> environment = new HashMap<>();
    /** Also those that were killed, by name and start. */
    private final List<DaemonProcess> all = new ArrayList<>();

    private final Map<String, DaemonProcess> running = new TreeMap<>();

    /**
     * Counters since the start.
     *
     * @param replicas processor time of the running ones
     * @param database processor time of all its processes
     */
    record Cost(long atNanos, Duration replicas, Duration database, int calls, long rows, long commits, long walBytes) {
        Cost since(Cost before) {
            return new Cost(
                    atNanos - before.atNanos,
                    replicas.minus(before.replicas),
                    database.minus(before.database),
                    calls - before.calls,
                    rows - before.rows,
                    commits - before.commits,
                    walBytes - before.walBytes);
        }

        double seconds() {
            return atNanos / 1e9;
        }
    }

    BenchFleet(Path folder, List<String> command, Duration ttl) throws IOException {
        this.folder = folder;
        this.command = command;
        this.exchange = LightExchangeProcess.start(ttl);
        // The settings of a server: the tests' own ones trust in luck.
        this.database = EmbeddedPostgres.builder()
                .setDataDirectory(folder.resolve("database"))
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("full_page_writes", "on")
                .start();
        set("BINANCE_URL", exchange.url());
        set("SECRETS_KEY", StoreFolder.KEY);
        set("LEASE_TTL", ttl.toSeconds() + "s");
        set("LEASE_RENEW_EVERY", ttl.dividedBy(2).toSeconds() + "s");
        // Nothing but renewals, which no budget holds up.
        set("LEASE_CHECK_EVERY", "off");
        set("LEASE_CONFIRM", "never");
        set("BUDGET_WEIGHT", OPEN_BUDGET);
    }

    private void set(String name, String value) {
        environment.put("LISTENKEYD_" + name, value);
    }

    private String url() {
        return database.getJdbcUrl("postgres", "postgres");
    }

    /** Moves the leases of a file into the database. */
    void migrate(Path file) throws IOException, InterruptedException {
        Map<String, String> own = new HashMap<>(environment);
        own.put("LISTENKEYD_STORE_FILE", file.toString());
        own.put("LISTENKEYD_STORE_USER", "postgres");
        List<String> migrate = new ArrayList<>(command);
        migrate.addAll(List.of("migrate", "--to", url()));
        DaemonProcess moving = DaemonProcess.start(folder, own, migrate);
        assertThat(moving.exitCode(Duration.ofMinutes(10))).as(moving.output()).isZero();
    }

    /** Starts a replica, and does not wait. */
    DaemonProcess start(String name) throws IOException {
        Map<String, String> own = new HashMap<>(environment);
        own.put("LISTENKEYD_STORE_URL", url());
        own.put("LISTENKEYD_STORE_USER", "postgres");
        own.put("LISTENKEYD_REPLICA", name);
        DaemonProcess daemon = DaemonProcess.start(folder, own, command);
        running.put(name, daemon);
        all.add(daemon);
        return daemon;
    }

    void kill(String name) throws InterruptedException {
        DaemonProcess dying = Objects.requireNonNull(running.remove(name), name);
        dying.kill();
    }

    List<DaemonProcess> running() {
        return List.copyOf(running.values());
    }

    /** How many leases each live replica owns. */
    Map<String, Integer> leases() {
        Map<String, Integer> leases = new TreeMap<>();
        JsonNode replicas = running().get(0).get("/v1/replicas").get("items");
        for (JsonNode replica : replicas) {
            leases.merge(replica.get("replica").asText(), replica.get("leases").asInt(), Integer::sum);
        }
        return leases;
    }

    LightExchangeProcess exchange() {
        return exchange;
    }

    Cost cost() throws IOException, SQLException {
        Duration replicas = running().stream()
                .map(replica -> new ProcessCost(replica.pid()).cpu())
                .reduce(Duration.ZERO, Duration::plus);
        Duration server = Duration.ZERO;
        for (long pid : databaseProcesses()) {
            server = server.plus(new ProcessCost(pid).cpu());
        }
        try (Connection connection = database.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT tup_inserted + tup_updated + tup_deleted, xact_commit, pg_current_wal_lsn() - '0/0'::pg_lsn"
                                + " FROM pg_stat_database WHERE datname = 'postgres'")) {
            row.next();
            return new Cost(
                    System.nanoTime(),
                    replicas,
                    server,
                    exchange.calls().size(),
                    row.getLong(1),
                    row.getLong(2),
                    row.getBigDecimal(3).longValue());
        }
    }

    /** KiB that no file stands behind, of all its processes. */
    long databaseMemory() throws IOException {
        long sum = 0;
        for (long pid : databaseProcesses()) {
            sum += new ProcessCost(pid).anonymous();
        }
        return sum;
    }

    private List<Long> databaseProcesses() throws IOException {
        long server = Long.parseLong(
                Files.readAllLines(folder.resolve("database/postmaster.pid")).get(0));
        return ProcessHandle.of(server)
                .map(handle -> Stream.concat(Stream.of(handle), handle.descendants()))
                .orElse(Stream.of())
                .map(ProcessHandle::pid)
                .toList();
    }

    @Override
    public void close() throws IOException {
        all.forEach(DaemonProcess::close);
        exchange.close();
        database.close();
    }
}
