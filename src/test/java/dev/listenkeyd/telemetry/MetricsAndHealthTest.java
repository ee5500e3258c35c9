package dev.listenkeyd.telemetry;

import static dev.listenkeyd.exchange.StandInResource.API_KEY_MARK;
import static dev.listenkeyd.exchange.StandInResource.MAIN_API_KEY;
import static dev.listenkeyd.http.ApiClient.given;
import static dev.listenkeyd.http.ApiClient.register;
import static dev.listenkeyd.http.ApiClient.renew;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.listenkeyd.exchange.StandInExchange;
import dev.listenkeyd.exchange.StandInResource;
import dev.listenkeyd.forecast.LeaseStatus;
import dev.listenkeyd.http.ApiClient;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.renewal.RenewalEngine;
import dev.listenkeyd.sandbox.Reply;
import io.agroal.api.AgroalDataSource;
import io.quarkus.agroal.DataSource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Metrics and health of the running daemon. Counters live as long as the process: tests compare before and after. */
@QuarkusTest
@WithTestResource(StandInResource.class)
@NullUnmarked
class MetricsAndHealthTest {
    private static final double MILLISECOND = 0.0011;
    private static final Duration PAUSE = Duration.ofSeconds(5);

    /** Every name of the contract, with its type and its labels. */
    private static final Map<String, String> CONTRACT = Map.ofEntries(
            Map.entry("listenkey_expiration_timestamp_seconds", "gauge account"),
            Map.entry("listenkey_renewal_due_timestamp_seconds", "gauge account"),
            Map.entry("listenkey_last_success_timestamp_seconds", "gauge account"),
            Map.entry("listenkey_attempts_left", "gauge account"),
            Map.entry("listenkey_generation", "gauge account"),
            Map.entry("listenkey_leases", "gauge status"),
            Map.entry("listenkey_nearest_expiration_timestamp_seconds", "gauge"),
            Map.entry("listenkey_survivable_outage_seconds", "gauge"),
            Map.entry("listenkey_attempts_total", "counter outcome"),
            Map.entry("listenkey_losses_total", "counter cause"),
            Map.entry("listenkey_rotations_total", "counter cause"),
            Map.entry("listenkey_attempt_duration_seconds", "histogram"),
            Map.entry("listenkey_lateness_seconds", "histogram"),
            Map.entry("listenkey_weight_used", "gauge"),
            Map.entry("listenkey_weight_limit", "gauge"),
            Map.entry("listenkey_gate_closed_until_timestamp_seconds", "gauge reason"),
            Map.entry("listenkey_account_losses_total", "counter account cause"),
            Map.entry("listenkey_detection_seconds", "histogram cause"),
            Map.entry("listenkey_store_writable", "gauge"));

    StandInExchange exchange;

    @Inject
    RenewalEngine engine;

    @Inject
    @DataSource("sqlite")
    AgroalDataSource dataSource;

    @AfterEach
    void cleanUp() throws SQLException {
        readOnly(false);
        exchange.heal();
        waitUntilTheGateIsOpen();
        ApiClient.releaseAll();
        exchange.closeKey(MAIN_API_KEY);
    }

    // --- metrics

    @Test
    void everyMetricOfTheContractIsThereAsItIsWritten() {
        register("main").then().statusCode(201);

        PrometheusText metrics = metrics();

        CONTRACT.forEach((name, wanted) -> {
            List<String> typeAndLabels = List.of(wanted.split(" "));
            String type = typeAndLabels.get(0);
            assertThat(metrics.types()).containsEntry(name, type);
            List<Map<String, String>> series = metrics.labels(type.equals("histogram") ? name + "_count" : name);
            assertThat(series).as(name).isNotEmpty();
            assertThat(series)
                    .as(name)
                    .allSatisfy(labels -> assertThat(labels.keySet())
                            .containsExactlyInAnyOrderElementsOf(typeAndLabels.subList(1, typeAndLabels.size())));
        });
    }

    @Test
    void everyCountIsThereFromTheStart() {
        PrometheusText metrics = metrics();

        for (Reason reason : Reason.values()) {
            assertThat(metrics.value("listenkey_attempts_total", "outcome", reason.name()))
                    .isNotNegative();
        }
        assertThat(metrics.value("listenkey_attempts_total", "outcome", "RENEWED"))
                .isNotNegative();
        for (LossCause cause : LossCause.values()) {
            assertThat(metrics.value("listenkey_losses_total", "cause", cause.name()))
                    .isNotNegative();
            assertThat(metrics.value("listenkey_rotations_total", "cause", cause.name()))
                    .isNotNegative();
        }
        for (LeaseStatus status : LeaseStatus.values()) {
            assertThat(metrics.value("listenkey_leases", "status", status.name()))
                    .isZero();
        }
        assertThat(metrics.value("listenkey_loop_still_seconds")).isBetween(0.0, LoopWatch.STILL.toSeconds() * 1.0);
    }

    @Test
    void anEmptyFleetHasNoDeadline() {
        PrometheusText metrics = metrics();

        assertThat(metrics.value("listenkey_nearest_expiration_timestamp_seconds"))
                .isNaN();
        assertThat(metrics.value("listenkey_survivable_outage_seconds")).isInfinite();
        assertThat(metrics.labels("listenkey_generation")).isEmpty();
    }

    @Test
    void aRenewalIsSeen() {
        register("main").then().statusCode(201);
        PrometheusText before = metrics();

        JsonPath lease = renew("main").jsonPath();

        PrometheusText after = metrics();
        assertThat(attempts(after, "RENEWED") - attempts(before, "RENEWED")).isEqualTo(1);
        assertThat(allAttempts(after) - allAttempts(before)).isEqualTo(1);
        // The PUT, and the POST that asked which key it extended.
        assertThat(added(before, after, "listenkey_attempt_duration_seconds_count"))
                .isEqualTo(2);
        assertThat(added(before, after, "listenkey_attempt_duration_seconds_sum"))
                .isBetween(0.0, 4.0);
        assertThat(added(before, after, "listenkey_lateness_seconds_count")).isEqualTo(1);
        assertThat(added(before, after, "listenkey_weight_used")).isLessThanOrEqualTo(2);
        assertThat(after.value("listenkey_weight_used")).isPositive();
        // Less than configured once another test was refused by the exchange.
        assertThat(after.value("listenkey_weight_limit")).isBetween(1.0, 100_000.0);
        assertThat(after.value("listenkey_store_writable")).isEqualTo(1);
        assertLease(after, lease);
        assertThat(after.value("listenkey_leases", "status", "ACTIVE")).isEqualTo(1);
        assertThat(after.value("listenkey_nearest_expiration_timestamp_seconds"))
                .isEqualTo(after.value("listenkey_expiration_timestamp_seconds", "account", "main"));
        assertThat(after.value("listenkey_survivable_outage_seconds")).isBetween(3500.0, 3600.0);
        for (Reason reason : List.of(Reason.THROTTLED, Reason.BANNED, Reason.BLOCKED)) {
            assertThat(after.value("listenkey_gate_closed_until_timestamp_seconds", "reason", reason.name()))
                    .isZero();
        }
    }

    @Test
    void aFailureIsSeenAndCostsTheKeyNothing() {
        register("main").then().statusCode(201);
        exchange.fail(MAIN_API_KEY, Reply.UNAVAILABLE);
        PrometheusText before = metrics();

        JsonPath lease = renew("main").jsonPath();

        PrometheusText after = metrics();
        // The loop may have made its own next attempt by now.
        assertThat(attempts(after, "UNREACHABLE") - attempts(before, "UNREACHABLE"))
                .isGreaterThanOrEqualTo(1);
        assertThat(attempts(after, "RENEWED")).isEqualTo(attempts(before, "RENEWED"));
        assertThat(after.value("listenkey_leases", "status", "RETRYING")).isEqualTo(1);
        assertThat(after.value("listenkey_expiration_timestamp_seconds", "account", "main"))
                .isEqualTo(before.value("listenkey_expiration_timestamp_seconds", "account", "main"))
                .isCloseTo(seconds(lease.getString("expiresAt")), within(MILLISECOND));
        assertThat(lost(after, "CLOSED_ELSEWHERE")).isEqualTo(lost(before, "CLOSED_ELSEWHERE"));
    }

    @Test
    void aLossIsSeen() {
        register("main", "onLoss", "report").then().statusCode(201);
        exchange.closeKey(MAIN_API_KEY);
        PrometheusText before = metrics();

        renew("main").then().statusCode(200);

        PrometheusText after = metrics();
        assertThat(lost(after, "CLOSED_ELSEWHERE") - lost(before, "CLOSED_ELSEWHERE"))
                .isEqualTo(1);
        assertThat(lost(after, "EXPIRED")).isEqualTo(lost(before, "EXPIRED"));
        assertThat(rotated(after)).isEqualTo(rotated(before));
        assertThat(attempts(after, "NO_ACTIVE_KEY") - attempts(before, "NO_ACTIVE_KEY"))
                .isEqualTo(1);
        assertThat(after.value("listenkey_leases", "status", "LOST")).isEqualTo(1);
        assertThat(after.labels("listenkey_expiration_timestamp_seconds")).isEmpty();
        assertThat(after.labels("listenkey_renewal_due_timestamp_seconds")).isEmpty();
        assertThat(after.value("listenkey_attempts_left", "account", "main")).isZero();
        assertThat(after.value("listenkey_generation", "account", "main")).isEqualTo(1);
        assertThat(after.value("listenkey_nearest_expiration_timestamp_seconds"))
                .isNaN();
    }

    @Test
    void aRotationIsALossThatWasHealed() {
        register("main").then().statusCode(201);
        exchange.rotateKey(MAIN_API_KEY);
        PrometheusText before = metrics();

        JsonPath lease = renew("main").jsonPath();

        PrometheusText after = metrics();
        assertThat(rotated(after) - rotated(before)).isEqualTo(1);
        assertThat(lost(after, "CLOSED_ELSEWHERE") - lost(before, "CLOSED_ELSEWHERE"))
                .isEqualTo(1);
        assertThat(attempts(after, "RENEWED") - attempts(before, "RENEWED")).isEqualTo(1);
        assertThat(detected(after, "count") - detected(before, "count")).isEqualTo(1);
        assertThat(detected(after, "sum") - detected(before, "sum"))
                .isBetween(
                        0.0,
                        seconds(lease.getString("lastLoss.recoveredAt"))
                                - seconds(lease.getString("lastLoss.lastKnownAlive"))
                                + MILLISECOND);
        assertThat(after.value("listenkey_generation", "account", "main")).isEqualTo(2);
        assertThat(after.value("listenkey_leases", "status", "ACTIVE")).isEqualTo(1);
        assertLease(after, lease);
    }

    @Test
    void aLeaseThatEndedTakesItsSeriesAlong() {
        register("main").then().statusCode(201);
        register("second").then().statusCode(201);

        given().delete("/v1/listen-keys/second").then().statusCode(204);

        PrometheusText metrics = metrics();
        CONTRACT.forEach((name, wanted) -> {
            if (wanted.endsWith(" account")) {
                assertThat(metrics.labels(name)).as(name).containsExactly(Map.of("account", "main"));
            }
        });
    }

    @Test
    void aPauseOfTheWholeIpIsSeenAndHonoured() {
        register("main").then().statusCode(201);
        exchange.fail(MAIN_API_KEY, Reply.throttled(PAUSE));
        PrometheusText before = metrics();

        assertThat(renew("main").jsonPath().getString("lastFailure.reason")).isEqualTo("THROTTLED");

        PrometheusText after = metrics();
        int calls = exchange.calls().size();
        assertThat(attempts(after, "THROTTLED") - attempts(before, "THROTTLED")).isEqualTo(1);
        assertThat(after.value("listenkey_gate_closed_until_timestamp_seconds", "reason", "THROTTLED"))
                .isBetween(now(), now() + PAUSE.plusSeconds(1).toSeconds());
        assertThat(after.value("listenkey_gate_closed_until_timestamp_seconds", "reason", "BANNED"))
                .isZero();
        JsonPath status = given().get("/v1/status").jsonPath();
        assertThat(status.getMap("gate")).containsEntry("open", false).containsEntry("reason", "THROTTLED");
        assertThat(seconds(status.getString("gate.closedUntil")))
                .isCloseTo(
                        after.value("listenkey_gate_closed_until_timestamp_seconds", "reason", "THROTTLED"),
                        within(MILLISECOND));

        Response meanwhile = renew("main");

        assertThat(meanwhile.statusCode()).isEqualTo(503);
        assertThat(meanwhile.jsonPath().getString("code")).isEqualTo("upstream-unavailable");
        assertThat(exchange.calls()).hasSize(calls);
        // Otherwise the first call after the pause closes the gate again.
        exchange.heal();
        waitUntilTheGateIsOpen();
        assertThat(metrics().value("listenkey_gate_closed_until_timestamp_seconds", "reason", "THROTTLED"))
                .isZero();
    }

    // --- health

    @Test
    void aHealthyDaemonIsLiveReadyAndWell() {
        register("main").then().statusCode(201);

        assertLiveAndReady();
        Map<String, Object> well = well(200);
        assertThat(well)
                .containsEntry("PENDING", 0)
                .containsEntry("ACTIVE", 1)
                .containsEntry("RETRYING", 0)
                .containsEntry("AT_RISK", 0)
                .containsEntry("LOST", 0)
                .containsEntry("storeWritable", true)
                .containsKey("nearestExpiration");
        assertThat(well.keySet()).noneMatch(name -> name.startsWith("account "));
    }

    /** A restart would not help. */
    @Test
    void aFailingExchangeIsNoReasonToRestartUs() {
        register("main").then().statusCode(201);
        exchange.fail(MAIN_API_KEY, Reply.UNAVAILABLE);
        renew("main").then().statusCode(200);

        assertLiveAndReady();
        assertThat(well(200)).containsEntry("RETRYING", 1);
    }

    @Test
    void aRegistrationThatWaitsForItsFirstKeyIsPendingAndNotLost() {
        exchange.fail(MAIN_API_KEY, Reply.UNAVAILABLE);
        register("main").then().statusCode(202);

        Response key = given().get("/v1/listen-keys/main/key");

        assertThat(key.statusCode()).isEqualTo(409);
        assertThat(key.jsonPath().getString("code")).isEqualTo("pending");
        assertThat(well(200)).as("for less than a minute").containsEntry("PENDING", 1);
        assertThat(metrics().labels("listenkey_account_status"))
                .containsExactly(Map.of("account", "main", "status", "PENDING"));
    }

    @Test
    void aLostKeyIsNotWell() {
        register("main", "onLoss", "report").then().statusCode(201);
        exchange.closeKey(MAIN_API_KEY);
        renew("main").then().statusCode(200);

        Map<String, Object> well = well(503);

        assertThat(well).containsEntry("LOST", 1);
        assertThat(String.valueOf(well.get("account main"))).contains("LOST", "CLOSED_ELSEWHERE", "NO_ACTIVE_KEY");
        assertLiveAndReady();
    }

    @Test
    void aPausedAccountIsWellWhateverItsKeyDoes() {
        register("main", "onLoss", "report").then().statusCode(201);
        exchange.closeKey(MAIN_API_KEY);
        renew("main").then().statusCode(200);

        given().contentType("application/json")
                .body(Map.of("reason", "maintenance", "for", "1h"))
                .post("/v1/listen-keys/main/pause")
                .then()
                .statusCode(200);

        assertThat(well(200)).containsEntry("PAUSED", 1).containsEntry("LOST", 0);
        assertThat(metrics().labels("listenkey_account_status"))
                .containsExactly(Map.of("account", "main", "status", "PAUSED"));
        assertThat(metrics().value("listenkey_leases", "status", "PAUSED")).isEqualTo(1);
    }

    @Test
    void refusedCredentialsAreNotWellWhileTheKeyStillLives() {
        register("main").then().statusCode(201);
        exchange.fail(MAIN_API_KEY, Reply.REFUSED);
        renew("main").then().statusCode(200);

        Map<String, Object> well = well(503);

        assertThat(well).containsEntry("AT_RISK", 1);
        assertThat(String.valueOf(well.get("account main"))).contains("AT_RISK", "CREDENTIALS_REFUSED");
        assertLiveAndReady();
    }

    @Test
    void tenAccountsInTroubleAreNamedAndAllAreCounted() {
        for (int i = 10; i < 21; i++) {
            String apiKey = API_KEY_MARK + i;
            register("desk-" + i, "apiKey", apiKey, "onLoss", "report").then().statusCode(201);
            exchange.closeKey(apiKey);
            renew("desk-" + i).then().statusCode(200);
        }

        Map<String, Object> well = well(503);

        assertThat(well).containsEntry("LOST", 11);
        assertThat(well.keySet().stream().filter(name -> name.startsWith("account ")))
                .containsExactlyInAnyOrderElementsOf(IntStream.range(10, 20)
                        .mapToObj(i -> "account desk-" + i)
                        .toList());
    }

    @Test
    void aStoreThatCannotBeWrittenIsNotWellAndRenewalsGoOn() throws SQLException {
        JsonPath registered = register("main").jsonPath();
        readOnly(true);

        Response renewed = renew("main");

        assertThat(renewed.statusCode()).isEqualTo(200);
        assertThat(seconds(renewed.jsonPath().getString("expiresAt")))
                .isGreaterThanOrEqualTo(seconds(registered.getString("expiresAt")));
        await().untilAsserted(() ->
                assertThat(metrics().value("listenkey_store_writable")).isZero());
        assertThat(well(503)).containsEntry("storeWritable", false).containsEntry("ACTIVE", 1);
        assertLiveAndReady();
        Response refused = register("second");
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.jsonPath().getString("code")).isEqualTo("store-unavailable");
        given().get("/v1/listen-keys/second").then().statusCode(404);

        readOnly(false);
        renew("main").then().statusCode(200);
        // The next tick writes earlier changes.
        engine.tick();

        await().untilAsserted(() ->
                assertThat(metrics().value("listenkey_store_writable")).isEqualTo(1));
        assertThat(well(200)).containsEntry("storeWritable", true);
    }

    /** The client looks for secrets in every answer; these are all that need no token. */
    @ParameterizedTest
    @ValueSource(
            strings = {"/q/metrics", "/q/health", "/q/health/live", "/q/health/ready", "/q/health/well", "/q/openapi"})
    void publicPagesHoldNoSecret(String address) {
        register("main").then().statusCode(201);
        register("fresh", "apiKey", API_KEY_MARK + "fresh").then().statusCode(201);
        exchange.fail(MAIN_API_KEY, Reply.REFUSED);
        renew("main").then().statusCode(200);
        exchange.rotateKey(API_KEY_MARK + "fresh");
        renew("fresh").then().statusCode(200);

        assertThat(given().get(address).asString()).isNotEmpty();
    }

    private static void assertLease(PrometheusText metrics, JsonPath lease) {
        Map.of(
                        "listenkey_expiration_timestamp_seconds", "expiresAt",
                        "listenkey_renewal_due_timestamp_seconds", "nextAttemptAt",
                        "listenkey_last_success_timestamp_seconds", "lastSuccessAt")
                .forEach((metric, member) -> assertThat(metrics.value(metric, "account", "main"))
                        .as(metric)
                        .isCloseTo(seconds(lease.getString(member)), within(MILLISECOND)));
        assertThat(metrics.value("listenkey_attempts_left", "account", "main"))
                .isCloseTo(lease.getInt("attemptsLeft"), within(1.0));
        assertThat(metrics.value("listenkey_generation", "account", "main")).isEqualTo(lease.getInt("generation"));
    }

    private static PrometheusText metrics() {
        Response response = given().accept("text/plain").get("/q/metrics");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.contentType()).startsWith("text/plain");
        return PrometheusText.parse(response.asString());
    }

    private static void assertLiveAndReady() {
        health("live", 200);
        health("ready", 200);
    }

    private static JsonPath health(String kind, int status) {
        Response response = given().get("/q/health/" + kind);
        assertThat(response.statusCode()).as(response.asString()).isEqualTo(status);
        assertThat(response.jsonPath().getString("status")).isEqualTo(status == 200 ? "UP" : "DOWN");
        return response.jsonPath();
    }

    private static Map<String, Object> well(int status) {
        JsonPath health = health("well", status);
        assertThat(health.getList("checks.name")).isEqualTo(List.of("listen keys"));
        return health.getMap("checks[0].data");
    }

    private static double attempts(PrometheusText metrics, String outcome) {
        return metrics.value("listenkey_attempts_total", "outcome", outcome);
    }

    private static double allAttempts(PrometheusText metrics) {
        return Arrays.stream(Reason.values())
                        .mapToDouble(reason -> attempts(metrics, reason.name()))
                        .sum()
                + attempts(metrics, "RENEWED");
    }

    private static double lost(PrometheusText metrics, String cause) {
        return metrics.value("listenkey_losses_total", "cause", cause);
    }

    private static double rotated(PrometheusText metrics) {
        return Set.of(LossCause.values()).stream()
                .mapToDouble(cause -> metrics.value("listenkey_rotations_total", "cause", cause.name()))
                .sum();
    }

    /** Of the times from when a key was last known to live until it was found closed or replaced. */
    private static double detected(PrometheusText metrics, String what) {
        return metrics.value("listenkey_detection_seconds_" + what, "cause", "CLOSED_ELSEWHERE");
    }

    private static double added(PrometheusText before, PrometheusText after, String name) {
        return after.value(name) - before.value(name);
    }

    private static double seconds(String instant) {
        return Instant.parse(instant).toEpochMilli() / 1e3;
    }

    private static double now() {
        return System.currentTimeMillis() / 1e3;
    }

    /** The pool has one connection, so this is the one that the daemon writes with. */
    private void readOnly(boolean on) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA query_only = " + (on ? "ON" : "OFF"));
        }
    }

    private static void waitUntilTheGateIsOpen() {
        await().atMost(PAUSE.multipliedBy(3))
                .until(() -> given().get("/v1/status").jsonPath().getBoolean("gate.open"));
    }
}
