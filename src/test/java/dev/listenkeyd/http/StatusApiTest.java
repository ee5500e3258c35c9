package dev.listenkeyd.http;

import static dev.listenkeyd.http.ApiClient.get;
import static dev.listenkeyd.http.ApiClient.given;
import static dev.listenkeyd.http.ApiClient.register;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.exchange.StandInResource;
import dev.listenkeyd.sandbox.Reply;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** The whole fleet at a glance. */
@QuarkusTest
@WithTestResource(StandInResource.class)
@NullUnmarked
class StatusApiTest extends ApiTest {
    @Test
    void theStatusTellsTheWholeFleet() {
        register("main").then().statusCode(201);
        exchange.fail(OWN, Reply.UNAVAILABLE);
        register("fresh", "apiKey", OWN).then().statusCode(202);

        JsonPath status = given().get("/v1/status").jsonPath();

        assertThat(status.getMap(""))
                .containsOnlyKeys(
                        "at",
                        "leases",
                        "nearestExpiration",
                        "survivableOutageSeconds",
                        "gate",
                        "budget",
                        "lastSuccessAt",
                        "storeWritable",
                        "version",
                        "uptimeSeconds")
                .containsEntry("storeWritable", true);
        assertThat(Instant.parse(status.getString("at"))).isAfterOrEqualTo(status.getString("lastSuccessAt"));
        assertThat(status.getMap("leases"))
                .isEqualTo(Map.of("PENDING", 1, "ACTIVE", 1, "RETRYING", 0, "AT_RISK", 0, "LOST", 0, "PAUSED", 0));
        assertThat(status.getString("nearestExpiration"))
                .isEqualTo(get("main").jsonPath().getString("expiresAt"));
        assertThat(status.getString("lastSuccessAt"))
                .isEqualTo(get("main").jsonPath().getString("lastSuccessAt"));
        assertThat(status.getDouble("survivableOutageSeconds")).isBetween(3500.0, 3600.0);
        assertThat(status.getMap("gate")).containsEntry("open", true).containsEntry("closedUntil", null);
        // Less than configured once another test was refused by the exchange.
        assertThat(status.getInt("budget.weightLimit")).isBetween(1, 100_000);
        assertThat(status.getDouble("budget.windowSeconds")).isEqualTo(60);
        assertThat(status.getInt("budget.weightUsed")).isPositive();
        assertThat(status.getString("version")).matches("\\d+\\.\\d+\\.\\d+.*");
        assertThat(status.getLong("uptimeSeconds")).isNotNegative();
    }

    @Test
    void anEmptyFleetHasAStatusToo() {
        JsonPath status = given().get("/v1/status").jsonPath();

        assertThat(status.getMap(""))
                .containsEntry("nearestExpiration", null)
                .containsEntry("survivableOutageSeconds", null);
    }
}
