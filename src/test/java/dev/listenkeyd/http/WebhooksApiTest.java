package dev.listenkeyd.http;

import static dev.listenkeyd.exchange.StandInResource.MAIN_API_KEY;
import static dev.listenkeyd.exchange.StandInResource.WEBHOOK;
import static dev.listenkeyd.http.ApiClient.given;
import static dev.listenkeyd.http.ApiClient.metrics;
import static dev.listenkeyd.http.ApiClient.register;
import static dev.listenkeyd.http.ApiClient.renew;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.listenkeyd.exchange.StandInResource;
import dev.listenkeyd.notify.webhook.WebhookReceiver;
import dev.listenkeyd.notify.webhook.WebhookReceiver.Received;
import dev.listenkeyd.store.Store;
import dev.listenkeyd.telemetry.PrometheusText;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(StandInResource.class)
@NullUnmarked
class WebhooksApiTest extends ApiTest {
    private static final Duration SOON = Duration.ofMinutes(1);

    @Inject
    Store store;

    WebhookReceiver receiver;

    @AfterEach
    void acceptAgain() {
        receiver.status = 204;
    }

    @Test
    void aKeyThatWasReplacedIsToldWithTheWindowToReconcile() {
        register("main").then().statusCode(201);
        exchange.closeKey(MAIN_API_KEY);

        renew("main").then().statusCode(200);

        await().atMost(SOON).until(() -> lease().getString("lastLoss.recoveredAt") != null);
        JsonPath lease = lease();
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(received("key"))
                        .extracting(call -> call.event().get("revision").asLong())
                        .contains(lease.getLong("revision")));
        Received told = received("key").stream()
                .filter(call -> call.event().get("revision").asLong() == lease.getLong("revision"))
                .findFirst()
                .orElseThrow();
        assertThat(told.event().get("account").asText()).isEqualTo("main");
        assertThat(told.event().get("fingerprint").asText()).isEqualTo(lease.getString("fingerprint"));
        assertThat(told.event().get("cause").asText()).isEqualTo("CLOSED_ELSEWHERE");
        assertThat(told.event().get("reconcile").get("from").asText()).isEqualTo(lease.getString("lastLoss.lostAt"));
        assertThat(told.id()).isEqualTo(told.event().get("id").asText());
        assertThat(Instant.ofEpochSecond(told.timestamp()))
                .isBetween(Instant.now().minusSeconds(120), Instant.now().plusSeconds(1));
        assertThat(receiver.wrong()).isEmpty();
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(store.leases().deliveries()).isEmpty());
    }

    @Test
    void aTestIsSentAndAudited() {
        JsonPath answer = test(WEBHOOK).then().statusCode(200).extract().jsonPath();

        assertThat(answer.getString("webhook")).isEqualTo(WEBHOOK);
        assertThat(answer.getString("answer")).isEqualTo("HTTP 204");
        assertThat(received("test")).isNotEmpty();
        assertThat(received("test").get(0).event().has("account")).isFalse();
        assertThat(lastAudited()).isEqualTo("test-webhook pager: HTTP 204");
    }

    @Test
    void aReceiverThatRefusesTheTestIsAProblem() {
        receiver.status = 500;

        JsonPath problem = test(WEBHOOK).then().statusCode(503).extract().jsonPath();

        assertThat(problem.getString("code")).isEqualTo("upstream-unavailable");
        assertThat(problem.getString("detail")).isEqualTo("the receiver: HTTP 500");
        assertThat(lastAudited()).isEqualTo("test-webhook upstream-unavailable");
    }

    @Test
    void anUnknownWebhookIsNotFound() {
        assertThat(test("none").then().statusCode(404).extract().jsonPath().getString("code"))
                .isEqualTo("not-found");
    }

    @Test
    void whatWaitsForAReceiverIsInTheMetrics() {
        receiver.status = 503;
        register("main").then().statusCode(201);
        await().atMost(SOON).untilAsserted(() -> {
            PrometheusText metrics = metrics();
            assertThat(metrics.value("listenkey_webhook_pending", "webhook", WEBHOOK))
                    .isPositive();
            assertThat(metrics.value("listenkey_webhook_oldest_pending_timestamp_seconds", "webhook", WEBHOOK))
                    .isGreaterThan(1.7e9);
            assertThat(metrics.value("listenkey_webhook_deliveries_total", "webhook", WEBHOOK, "result", "failed"))
                    .isPositive();
        });

        receiver.status = 204;

        await().atMost(SOON).untilAsserted(() -> {
            PrometheusText metrics = metrics();
            assertThat(metrics.value("listenkey_webhook_pending", "webhook", WEBHOOK))
                    .isZero();
            assertThat(metrics.value("listenkey_webhook_oldest_pending_timestamp_seconds", "webhook", WEBHOOK))
                    .isZero();
        });
    }

    private static JsonPath lease() {
        return given().get("/v1/listen-keys/main").jsonPath();
    }

    private List<Received> received(String type) {
        return receiver.received().stream()
                .filter(call -> call.type().equals(type))
                .toList();
    }

    /** Action and result of the newest row. */
    private static String lastAudited() {
        long head = given().queryParam("limit", 1).get("/v1/audit").jsonPath().getLong("last");
        JsonPath rows = given().queryParam("after", head - 1).get("/v1/audit").jsonPath();
        return rows.getString("items[0].action") + " " + rows.getString("items[0].result");
    }

    private static Response test(String name) {
        return given().post("/v1/webhooks/" + name + "/test");
    }
}
