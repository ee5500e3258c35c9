package dev.listenkeyd.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.listenkeyd.exchange.StandInExchange;
import dev.listenkeyd.exchange.StandInResource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** An exchange, a PostgreSQL, and replicas that share it, each with an address of its own from which it calls the exchange. */
public final class FleetFixture {
    private static final String KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    public final StandInExchange exchange;
    private final Path folder;
    private final Map<String, String> environment = new HashMap<>();
    /** The running ones, by name. */
    private final Map<String, DaemonProcess> replicas = new TreeMap<>();

    private final Map<String, DaemonProcess> all = new TreeMap<>();
    private final int port;
    private @Nullable EmbeddedPostgres database;
    private int started;

    public FleetFixture(Path folder, Duration ttl) throws IOException {
        this.folder = folder;
        this.exchange = StandInExchange.start(ttl);
        this.port = DaemonProcess.freePort();
        startDatabase();
        set("BINANCE_URL", exchange.url());
        set("LEASE_TTL", ttl.toSeconds() + "s");
        set("LEASE_RETRY_MIN", "200ms");
        set("LEASE_RETRY_MAX", "1s");
        set("STORE_URL", "jdbc:postgresql://127.0.0.1:" + port + "/postgres");
        set("STORE_USER", "postgres");
        set("SECRETS_KEY", KEY);
    }

    /** A setting, named without its prefix. */
    public FleetFixture set(String name, String value) {
        environment.put("LISTENKEYD_" + name, value);
        return this;
    }

    /** Stops the database; its files stay. */
    void stopDatabase() throws IOException {
        if (database != null) {
            database.close();
            database = null;
        }
    }

    void startDatabase() throws IOException {
        database = EmbeddedPostgres.builder()
                .setPort(port)
                .setDataDirectory(folder.resolve("database"))
                .setCleanDataDirectory(false)
                .start();
    }

    /** The address from which the replica calls the exchange. */
    public static String addressOf(String replica) {
        return "127.0.0." + (10 + replica.charAt(replica.length() - 1) - 'a');
    }

    /** Starts a replica whose name ends with a letter of its own, and does not wait. */
    public DaemonProcess start(String replica) throws IOException {
        Map<String, String> own = new HashMap<>(environment);
        own.put("LISTENKEYD_REPLICA", replica);
        own.put("LISTENKEYD_BINANCE_SOURCE_ADDRESS", addressOf(replica));
        DaemonProcess daemon = DaemonProcess.start(folder, own);
        replicas.put(replica, daemon);
        all.put(replica + ++started, daemon);
        return daemon;
    }

    DaemonProcess replica(String name) {
        DaemonProcess found = replicas.get(name);
        assertThat(found).as(name).isNotNull();
        return found;
    }

    /** It has ended, or is about to. */
    public DaemonProcess forget(String name) {
        DaemonProcess gone = replica(name);
        replicas.remove(name);
        return gone;
    }

    /** It goes on. */
    void putBack(String name, DaemonProcess daemon) {
        replicas.put(name, daemon);
    }

    List<DaemonProcess> running() {
        return List.copyOf(replicas.values());
    }

    /** Of the running ones. */
    Set<String> names() {
        return Set.copyOf(replicas.keySet());
    }

    static String apiKey(String account) {
        return StandInResource.API_KEY_MARK + account;
    }

    /** How many leases each live replica owns, as this one says. */
    static Map<String, Integer> leasesByReplica(DaemonProcess asked) {
        Map<String, Integer> leases = new TreeMap<>();
        for (JsonNode replica : asked.get("/v1/replicas").get("items")) {
            leases.merge(replica.get("replica").asText(), replica.get("leases").asInt(), Integer::sum);
        }
        return leases;
    }

    /** Ends everything; nobody may have said what must not be said. */
    public void close() throws InterruptedException, IOException {
        for (DaemonProcess daemon : all.values()) {
            daemon.kill();
        }
        exchange.close();
        stopDatabase();
        for (DaemonProcess daemon : all.values()) {
            assertThat(daemon.output())
                    .doesNotContain(
                            "\tat ",
                            "Exception in thread",
                            StandInExchange.LISTEN_KEY_MARK,
                            StandInResource.API_KEY_MARK,
                            KEY);
        }
    }
}
