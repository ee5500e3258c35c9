package dev.listenkeyd.process;

import static dev.listenkeyd.process.DaemonProcess.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.listenkeyd.exchange.CallLedger;
import dev.listenkeyd.exchange.StandInExchange;
import dev.listenkeyd.telemetry.PrometheusText;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteDataSource;

/** The packaged daemon from start to end, killed, stopped and misled. */
class ProcessIT {
    private static final String SECRET = "SECRETsecretSECRETsecret";
    private static final int LEASES = 9;
    private static final int WEIGHT = 6;
    private static final Duration WINDOW = Duration.ofSeconds(3);
    private static final Duration RENEW_EVERY = Duration.ofSeconds(8);

    private final StandInExchange exchange = StandInExchange.start(Duration.ofSeconds(60));

    @TempDir
    private Path folder;

    @AfterEach
    void stopExchange() {
        exchange.close();
    }

    @Test
    void aKilledDaemonGoesOnWhereItWasWithoutABurst() throws Exception {
        Map<String, JsonNode> before;
        try (DaemonProcess daemon = DaemonProcess.start(folder, environment()).awaitReady()) {
            assertEverythingIsCountedFromTheStart(daemon.metrics());
            IntStream.range(0, LEASES).forEach(i -> register(daemon, i));
            exchange.closeKey(apiKey(0));
            renewUntilGeneration(daemon, "desk-0", 2);
            before = daemon.leases();
            assertSecondProcessIsRefused();
            daemon.kill();
        }
        // Down for so long that everything is due at once.
        Instant allDue = Instant.now().plus(RENEW_EVERY);
        await("all are due")
                .atMost(RENEW_EVERY.plusSeconds(5))
                .until(() -> Instant.now().isAfter(allDue));
        int callsBefore = exchange.calls().size();

        Instant restart = Instant.now();
        try (DaemonProcess daemon = DaemonProcess.start(folder, environment()).awaitReady()) {
            assertSame(before, daemon.leases());
            assertThat(daemon.get("/v1/listen-keys/desk-0/key").get("listenKey").asText())
                    .isEqualTo(exchange.peek(apiKey(0)));

            await("every lease is renewed")
                    .atMost(SOON)
                    .until(() -> daemon.leases().values().stream()
                            .allMatch(lease -> instant(lease, "lastSuccessAt").isAfter(restart)));

            assertSame(before, daemon.leases());
            assertThat(exchange.calls().stream().skip(callsBefore))
                    .allMatch(call -> call.method().equals("PUT"));
            assertNoBurst(exchange.calls());
            assertThat(daemon.terminate()).isZero();
            assertThat(daemon.output()).doesNotContain("\tat ", StandInExchange.LISTEN_KEY_MARK, SECRET);
        }
    }

    @Test
    void aStopWaitsForNoExchangeLongerThanItSays() throws Exception {
        exchange.hold();
        try (DaemonProcess daemon = DaemonProcess.start(folder, environment()).awaitReady()) {
            CompletableFuture<Void> registration = CompletableFuture.runAsync(() -> register(daemon, 0));
            await("calls of both kinds are under way")
                    .atMost(SOON)
                    .until(() -> !exchange.calls().isEmpty() && exchange.isAskedForItsLimit());

            assertThat(daemon.terminate()).isZero();
            assertThat(daemon.output()).doesNotContain("Awaiting thread pool shutdown");
            registration.cancel(true);
        }
    }

    @Test
    void theSandboxNeedsNothingButItsSwitch() throws Exception {
        try (DaemonProcess daemon = DaemonProcess.start(folder, Map.of("LISTENKEYD_SANDBOX", "true"))
                .awaitReady()) {
            await("demo is kept alive")
                    .atMost(SOON)
                    .until(() -> daemon.lease("demo").path("status").asText().equals("ACTIVE"));
            assertThat(daemon.call("POST", "/sandbox/faults", "{\"kind\":\"rotate-key\",\"account\":\"demo\"}")
                            .statusCode())
                    .isEqualTo(200);

            renewUntilGeneration(daemon, "demo", 2);

            JsonNode demo = daemon.get("/v1/listen-keys/demo");
            assertThat(demo.get("holders").get(0).asText()).isEqualTo("config");
            assertThat(daemon.call("POST", "/sandbox/faults", "{\"kind\":\"mood\"}")
                            .statusCode())
                    .isEqualTo(400);
            assertThat(daemon.call("GET", "/q/openapi", "").body())
                    .contains("/v1/listen-keys")
                    .doesNotContain("/sandbox");
            assertThat(daemon.terminate()).isZero();
        }
    }

    @Test
    void aWrongConfigurationIsToldInFullAndWithoutATrace() throws Exception {
        String said = refused(Map.of(
                "LISTENKEYD_BINANCE_URL", "http://eapi.binance.com",
                "LISTENKEYD_LEASE_TTL", "10m",
                "LISTENKEYD_LEASE_RENEW_EVERY", "20m",
                "LISTENKEYD_LEASE_CONFIRM", "perhaps",
                "LISTENKEYD_BUDGET_WEIGHT", "none",
                "LISTENKEYD_BINANCE_CALL_TIMEOUT", "soon",
                "LISTENKEYD_ACCOUNTS_MAIN_API_KEY", SECRET + " with a space",
                "QUARKUS_HTTP_HOST", "0.0.0.0"));

        assertThat(said)
                .contains(
                        "configuration is wrong",
                        "LISTENKEYD_BINANCE_URL=http://eapi.binance.com",
                        "LISTENKEYD_LEASE_RENEW_EVERY must be shorter than LISTENKEYD_LEASE_TTL",
                        "LISTENKEYD_LEASE_CONFIRM=perhaps",
                        "LISTENKEYD_BUDGET_WEIGHT=none",
                        "LISTENKEYD_BINANCE_CALL_TIMEOUT=soon",
                        "LISTENKEYD_ACCOUNTS_MAIN_API_KEY: must be",
                        "QUARKUS_HTTP_HOST=0.0.0.0");
        assertThat(folder.resolve("data")).doesNotExist();
    }

    @Test
    void aStoreThatIsNoDatabaseIsRefusedAndLeftAlone() throws Exception {
        Path file = Files.writeString(folder.resolve("notes.txt"), "Dear diary, ".repeat(1000));
        byte[] before = Files.readAllBytes(file);

        String said = refused(Map.of("LISTENKEYD_STORE_FILE", file.toString()));

        assertThat(said).contains("its store " + file, "can't be read as SQLite", "LISTENKEYD_STORE_FILE");
        assertThat(file).hasBinaryContent(before);
    }

    @Test
    void aStoreOfANewerVersionIsRefusedAndLeftAlone() throws Exception {
        Path file = folder.resolve("newer.db");
        writeNewerStore(file);
        byte[] before = Files.readAllBytes(file);

        String said = refused(Map.of("LISTENKEYD_STORE_FILE", file.toString()));

        assertThat(said).contains("schema version 1000", "newer", "not touched");
        assertThat(file).hasBinaryContent(before);
    }

    /** Else an alert would not see the first of it. */
    private static void assertEverythingIsCountedFromTheStart(PrometheusText metrics) {
        assertThat(metrics.value("listenkey_losses_total", "cause", "EXPIRED")).isZero();
        assertThat(metrics.value("listenkey_attempts_total", "outcome", "BANNED"))
                .isZero();
        assertThat(metrics.value("listenkey_auth_failures_total", "reason", "WRONG_TOKEN"))
                .isZero();
    }

    private void assertSecondProcessIsRefused() throws IOException, InterruptedException {
        assertThat(refused(environment())).contains("in use by another listenkeyd");
    }

    /** Starts it with what it must not accept, and returns what it said. */
    private String refused(Map<String, String> environment) throws IOException, InterruptedException {
        try (DaemonProcess daemon = DaemonProcess.start(folder, environment)) {
            int exitCode = daemon.exitCode(SOON);
            assertThat(exitCode).isNotZero();
            assertThat(daemon.output()).doesNotContain("\tat ", SECRET);
            return daemon.output();
        }
    }

    private Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>();
        environment.put("LISTENKEYD_BINANCE_URL", exchange.url());
        environment.put(
                "LISTENKEYD_STORE_FILE", folder.resolve("made/leases.db").toString());
        environment.put("LISTENKEYD_LEASE_TTL", "60s");
        environment.put("LISTENKEYD_LEASE_RENEW_EVERY", RENEW_EVERY.toSeconds() + "s");
        environment.put("LISTENKEYD_LEASE_CONFIRM", "never");
        environment.put("LISTENKEYD_BUDGET_WEIGHT", Integer.toString(WEIGHT));
        environment.put("LISTENKEYD_BUDGET_WINDOW", WINDOW.toSeconds() + "s");
        return environment;
    }

    private static void register(DaemonProcess daemon, int i) {
        String body = "{\"account\":\"desk-" + i + "\",\"apiKey\":\"" + apiKey(i) + "\",\"holder\":\"bot-" + i + "\"}";
        HttpResponse<String> response = daemon.call("POST", "/v1/listen-keys", body);
        assertThat(response.statusCode())
                .as("%s%n%s", response.body(), daemon.output())
                .isEqualTo(201);
    }

    /** Again and again: one renewal may join an attempt that began before the key changed. */
    private static void renewUntilGeneration(DaemonProcess daemon, String account, int generation) {
        await("a new key").atMost(SOON).until(() -> {
            daemon.call("POST", "/v1/listen-keys/" + account + "/renew", "");
            JsonNode lease = daemon.lease(account);
            return lease.path("generation").asInt() == generation
                    && lease.path("status").asText().equals("ACTIVE");
        });
    }

    private static void assertSame(Map<String, JsonNode> before, Map<String, JsonNode> after) {
        assertThat(before).hasSize(LEASES);
        assertThat(after).hasSize(LEASES);
        for (String member : List.of("account", "generation", "fingerprint", "onLoss", "holders", "registeredAt")) {
            assertThat(after.values())
                    .extracting(lease -> lease.get(member))
                    .as(member)
                    .isEqualTo(before.values().stream()
                            .map(lease -> lease.get(member))
                            .toList());
        }
    }

    /** In no window more calls than the budget; a call may be on its way for a moment before it is counted here. */
    private static void assertNoBurst(List<CallLedger.Call> calls) {
        Duration strict = WINDOW.minusMillis(500);
        for (int first = 0; first + WEIGHT < calls.size(); first++) {
            Duration span = Duration.between(
                    calls.get(first).at(), calls.get(first + WEIGHT).at());
            assertThat(span).as("calls %d to %d", first, first + WEIGHT).isGreaterThan(strict);
        }
    }

    private static void writeNewerStore(Path file) throws SQLException {
        SQLiteDataSource disk = new SQLiteDataSource();
        disk.setUrl("jdbc:sqlite:" + file);
        try (Connection connection = disk.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE flyway_schema_history (version TEXT, success BOOLEAN)");
            statement.execute("INSERT INTO flyway_schema_history VALUES ('1', 1), ('1000', 1)");
        }
    }

    private static String apiKey(int i) {
        return SECRET + i;
    }

    private static Instant instant(JsonNode lease, String member) {
        return Instant.parse(lease.get(member).asText());
    }
}
