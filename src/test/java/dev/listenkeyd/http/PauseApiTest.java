package dev.listenkeyd.http;

import static dev.listenkeyd.exchange.StandInResource.MAIN_API_KEY;
import static dev.listenkeyd.http.ApiClient.LEASES;
import static dev.listenkeyd.http.ApiClient.get;
import static dev.listenkeyd.http.ApiClient.given;
import static dev.listenkeyd.http.ApiClient.key;
import static dev.listenkeyd.http.ApiClient.problem;
import static dev.listenkeyd.http.ApiClient.register;
import static dev.listenkeyd.http.ApiClient.release;
import static dev.listenkeyd.http.ApiClient.renew;
import static dev.listenkeyd.http.ApiClient.replaceApiKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.listenkeyd.exchange.StandInResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pauses of accounts, for maintenance. */
@QuarkusTest
@WithTestResource(StandInResource.class)
@NullUnmarked
class PauseApiTest extends ApiTest {

    private static Response pause(String account, String reason, String time) {
        return post(account, "{\"reason\":\"" + reason + "\",\"for\":\"" + time + "\"}");
    }

    private static Response post(String account, String body) {
        return given().contentType("application/json").body(body).post(LEASES + "/{account}/pause", account);
    }

    private static Response resume(String account) {
        return given().delete(LEASES + "/{account}/pause", account);
    }

    private static List<String> lastAudited(int most) {
        long head = given().queryParam("limit", 1).get("/v1/audit").jsonPath().getLong("last");
        return given().queryParam("after", Math.max(0, head - most))
                .get("/v1/audit")
                .jsonPath()
                .getList("items.collect { it.action + ' ' + it.account + ' ' + it.result }", String.class);
    }

    @Test
    void aPauseIsShownWithItsEndAndItsReasonAndEndsWhenAsked() {
        assertThat(register("main").jsonPath().getString("pause")).isNull();

        JsonPath paused = pause("main", "new firewall", "2h").jsonPath();

        assertThat(paused.getString("status")).isEqualTo("PAUSED");
        assertThat(paused.getString("pause.reason")).isEqualTo("new firewall");
        assertThat(instant(paused, "pause.until"))
                .isEqualTo(instant(paused, "pause.since").plus(Duration.ofHours(2)));
        assertThat(instant(paused, "nextAttemptAt")).isEqualTo(instant(paused, "pause.until"));
        assertThat(listed("PAUSED")).containsExactly("main");
        assertThat(given().get("/v1/status").jsonPath().getInt("leases.PAUSED")).isEqualTo(1);
        assertThat(given().get("/v1/status").jsonPath().getString("nearestExpiration"))
                .isNull();
        key("main").then().statusCode(200);
        assertThat(given().get(LEASES + "/main/explain").jsonPath().getString("text"))
                .contains("is PAUSED", "\"new firewall\"");

        JsonPath resumed = resume("main").jsonPath();

        assertThat(resumed.getString("status")).isEqualTo("ACTIVE");
        assertThat(resumed.getString("pause")).isNull();
        assertThat(resume("main").jsonPath().getLong("revision")).isEqualTo(resumed.getLong("revision"));
        // Reveals that repeat each other within a minute share a row, so there may be none of this one.
        assertThat(lastAudited(4))
                .containsSubsequence(
                        "pause main until " + paused.getString("pause.until"),
                        "resume main resumed",
                        "resume main resumed");
    }

    @Test
    void noCallIsMadeForAPausedAccount() {
        register("main").then().statusCode(201);
        pause("main", "maintenance", "1h").then().statusCode(200);
        List<String> calls = exchange.calls(MAIN_API_KEY);

        String detail = problem(renew("main"), 409, "paused").getString("detail");
        problem(release("main", "default", "true"), 409, "paused");
        register("main", "holder", "second").then().statusCode(200);
        register("main", "holder", "second", "listenKey", "another-key").then().statusCode(200);
        release("main", "second", "false").then().statusCode(204);

        assertThat(detail).contains(get("main").jsonPath().getString("pause.until"), "\"maintenance\"");
        assertThat(exchange.calls(MAIN_API_KEY)).isEqualTo(calls);
    }

    @Test
    void anotherApiKeyIsRefusedAndAReleaseEndsThePause() {
        register("own", "apiKey", OWN).then().statusCode(201);
        pause("own", "maintenance", "1h").then().statusCode(200);

        problem(replaceApiKey("own", NEWER), 409, "paused");

        release("own", "default", "false").then().statusCode(204);
        assertThat(register("own", "apiKey", OWN).jsonPath().getString("pause")).isNull();
    }

    @Test
    void aPauseEndsByItself() {
        register("main").then().statusCode(201);
        pause("main", "short", "1s").then().statusCode(200);

        await().atMost(Duration.ofMinutes(1))
                .untilAsserted(() ->
                        assertThat(get("main").jsonPath().getString("status")).isEqualTo("ACTIVE"));
    }

    @Test
    void aWaitingCallerIsToldOfAPause() {
        long revision = register("main").jsonPath().getLong("revision");
        pause("main", "maintenance", "1h").then().statusCode(200);

        Response told =
                given().queryParam("after", revision).queryParam("wait", "60s").get(LEASES + "/main");

        assertThat(told.jsonPath().getString("status")).isEqualTo("PAUSED");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | reason: is missing; for: is missing",
                "{\"reason\":\"x\"} | for: is missing",
                "{\"for\":\"1h\"} | reason: is missing",
                "{\"reason\":\"\",\"for\":\"1h\"} | reason: must be 1 to 200 printable characters",
                "{\"reason\":\"two\\nlines\",\"for\":\"1h\"} | reason: must be 1 to 200 printable characters",
                "{\"reason\":7,\"for\":\"1h\"} | reason: must be a string",
                "{\"reason\":\"x\",\"for\":\"soon\"} | for: must be a duration such as 30m or 2h, from 1s to 24h",
                "{\"reason\":\"x\",\"for\":\"999ms\"} | for: must be a duration such as 30m or 2h, from 1s to 24h",
                "{\"reason\":\"x\",\"for\":\"86401s\"} | for: must be a duration such as 30m or 2h, from 1s to 24h",
                "{\"reason\":\"x\",\"for\":\"-1h\"} | for: must be a duration such as 30m or 2h, from 1s to 24h",
                "{\"reason\":\"x\",\"for\":\"\"} | for: must be a duration such as 30m or 2h, from 1s to 24h",
                "{\"reason\":\"x\",\"for\":60} | for: must be a string",
                "{\"reason\":\"x\",\"for\":\"1h\",\"until\":1} | until: unknown member; known are reason, for",
            })
    void aWrongBodyChangesNothing(String body, String detail) {
        register("main").then().statusCode(201);

        assertThat(problem(post("main", body), 400, "invalid-request").getString("detail"))
                .isEqualTo(detail);
        assertThat(get("main").jsonPath().getString("status")).isEqualTo("ACTIVE");
    }

    @ParameterizedTest
    @CsvSource({"1s", "24h", "86400s"})
    void theBoundsAreIncluded(String time) {
        register("main").then().statusCode(201);

        pause("main", "x".repeat(200), time).then().statusCode(200);

        problem(pause("main", "x".repeat(201), time), 400, "invalid-request");
    }

    @Test
    void withoutALeaseThereIsNothingToPause() {
        problem(pause("none", "x", "1h"), 404, "not-found");
        problem(resume("none"), 404, "not-found");
        assertThat(lastAudited(2)).containsExactly("pause none not-found", "resume none not-found");
    }
}
