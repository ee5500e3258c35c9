package dev.listenkeyd.http;

import static dev.listenkeyd.exchange.StandInResource.MAIN_API_KEY;
import static dev.listenkeyd.exchange.StandInResource.SECOND_API_KEY;
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

import dev.listenkeyd.exchange.StandInResource;
import dev.listenkeyd.sandbox.Reply;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Renewing on demand, and dropping holders. */
@QuarkusTest
@WithTestResource(StandInResource.class)
@NullUnmarked
class RenewalAndReleaseApiTest extends ApiTest {
    @Test
    void aRenewalMovesTheDeadline() {
        Instant before = instant(register("main").jsonPath(), "expiresAt");

        Response response = renew("main");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(instant(response.jsonPath(), "expiresAt")).isAfterOrEqualTo(before);
        assertThat(instant(response.jsonPath(), "expiresAt"))
                .isEqualTo(instant(response.jsonPath(), "lastSuccessAt").plus(Duration.ofMinutes(60)));
        assertThat(exchange.calls(MAIN_API_KEY)).endsWith("PUT", "POST");
    }

    @Test
    void aRenewalFindsThatAnotherProgramRotatedTheKey() {
        String old = fingerprint(exchange.activeKey(MAIN_API_KEY));
        register("main").then().statusCode(201);
        String rotated = exchange.rotateKey(MAIN_API_KEY);

        JsonPath lease = renew("main").jsonPath();

        assertThat(lease.getInt("generation")).isEqualTo(2);
        assertThat(lease.getString("status")).isEqualTo("ACTIVE");
        assertThat(lease.getString("fingerprint")).isEqualTo(fingerprint(rotated));
        assertThat(lease.getString("lastLoss.cause")).isEqualTo("CLOSED_ELSEWHERE");
        assertThat(lease.getString("lastLoss.fingerprint")).isEqualTo(old);
    }

    @Test
    void aFailedRenewalTakesNothingFromALivingKey() {
        JsonPath before = register("main").jsonPath();
        exchange.fail(MAIN_API_KEY, Reply.UNAVAILABLE);

        Response response = renew("main");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.jsonPath().getMap(""))
                .containsEntry("status", "RETRYING")
                .containsEntry("failures", 1)
                .containsEntry("expiresAt", before.getString("expiresAt"))
                .containsEntry("fingerprint", before.getString("fingerprint"));
        key("main").then().statusCode(200);
    }

    @Test
    void theLastHolderEndsTheLeaseAndLeavesTheKeyAlive() {
        int before = exchange.calls(MAIN_API_KEY).size();
        register("main", "holder", "a").then().statusCode(201);
        register("main", "holder", "b").then().statusCode(200);

        release("main", "a", "false").then().statusCode(204);
        assertThat(get("main").jsonPath().getList("holders")).isEqualTo(List.of("b"));
        release("main", "b", "false").then().statusCode(204);

        problem(get("main"), 404, "not-found");
        assertThat(exchange.peek(MAIN_API_KEY)).isNotNull();
        assertThat(exchange.calls(MAIN_API_KEY).stream().skip(before)).doesNotContain("DELETE");
    }

    @Test
    void withoutAHolderTheDefaultHolderIsReleased() {
        register("main").then().statusCode(201);

        Response response = given().delete(LEASES + "/main");

        assertThat(response.statusCode()).isEqualTo(204);
        assertThat(response.asString()).isEmpty();
        problem(given().delete(LEASES + "/main"), 404, "not-found");
    }

    @Test
    void theHolderOfTheConfigurationIsNotReleased() {
        register("main").then().statusCode(201);

        assertThat(problem(release("main", "config", "false"), 400, "invalid-request")
                        .getString("detail"))
                .startsWith("holder: config");
        get("main").then().statusCode(200);
    }

    @Test
    void onlyTheLastHolderMayCloseTheKey() {
        register("second", "holder", "a").then().statusCode(201);
        register("second", "holder", "b").then().statusCode(200);

        problem(release("second", "a", "true"), 409, "holders-remain");
        assertThat(get("second").jsonPath().getList("holders")).isEqualTo(List.of("a", "b"));
        assertThat(exchange.peek(SECOND_API_KEY)).isNotNull();

        release("second", "a", "false").then().statusCode(204);
        release("second", "b", "true").then().statusCode(204);

        assertThat(exchange.peek(SECOND_API_KEY)).isNull();
        problem(get("second"), 404, "not-found");
    }

    @Test
    void twoNamesOfOneAccountShareTheKey() {
        exchange.alias(OWN, NEWER);
        register("one", "apiKey", OWN).then().statusCode(201);
        replaceApiKey("two", NEWER).then().statusCode(201);

        problem(release("one", "default", "true"), 409, "holders-remain");

        assertThat(exchange.peek(OWN)).isNotNull();
    }

    @Test
    void closingWhatIsClosedIsSuccess() {
        register("main").then().statusCode(201);
        exchange.closeKey(MAIN_API_KEY);

        release("main", "default", "true").then().statusCode(204);

        problem(get("main"), 404, "not-found");
    }

    @Test
    void aLeaseIsKeptWhenItsKeyCannotBeClosed() {
        register("main").then().statusCode(201);
        exchange.fail(MAIN_API_KEY, Reply.UNAVAILABLE);

        problem(release("main", "default", "true"), 503, "upstream-unavailable");

        assertThat(get("main").jsonPath().getList("holders")).isEqualTo(List.of("default"));
    }

    @Test
    void aWrongReleaseIsRefused() {
        register("main", "holder", "bot-1").then().statusCode(201);

        problem(release("main", "bot-1", "yes"), 400, "invalid-request");
        problem(release("main", "bot-2", "false"), 404, "not-found");
        problem(release("main", "bot-2", "true"), 404, "not-found");
        problem(given().delete(LEASES + "/main"), 404, "not-found");

        assertThat(get("main").jsonPath().getList("holders")).isEqualTo(List.of("bot-1"));
    }
}
