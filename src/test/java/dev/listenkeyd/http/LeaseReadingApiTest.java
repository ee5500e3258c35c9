package dev.listenkeyd.http;

import static dev.listenkeyd.exchange.StandInResource.API_KEY_MARK;
import static dev.listenkeyd.exchange.StandInResource.MAIN_API_KEY;
import static dev.listenkeyd.http.ApiClient.LEASES;
import static dev.listenkeyd.http.ApiClient.get;
import static dev.listenkeyd.http.ApiClient.given;
import static dev.listenkeyd.http.ApiClient.key;
import static dev.listenkeyd.http.ApiClient.problem;
import static dev.listenkeyd.http.ApiClient.register;
import static dev.listenkeyd.http.ApiClient.renew;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.exchange.StandInResource;
import dev.listenkeyd.sandbox.Reply;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Lists of leases, and the raw key. */
@QuarkusTest
@WithTestResource(StandInResource.class)
@NullUnmarked
class LeaseReadingApiTest extends ApiTest {
    @Test
    void leasesAreListedByAccountInPages() {
        List.of("p-3", "p-1", "p-4", "p-2").forEach(account -> register(account, "apiKey", API_KEY_MARK + account));

        JsonPath first = given().queryParam("limit", 2).get(LEASES).jsonPath();
        assertThat(first.getMap("")).containsOnlyKeys("items", "next");
        assertThat(first.getList("items.account")).isEqualTo(List.of("p-1", "p-2"));
        assertThat(first.getString("next")).isEqualTo("p-2");

        JsonPath second = given().queryParam("limit", 2)
                .queryParam("after", "p-2")
                .get(LEASES)
                .jsonPath();
        assertThat(second.getList("items.account")).isEqualTo(List.of("p-3", "p-4"));
        assertThat(second.getString("next")).isNull();

        JsonPath behind = given().queryParam("after", "p-4").get(LEASES).jsonPath();
        assertThat(behind.getList("items")).isEmpty();
        assertThat(behind.getString("next")).isNull();
    }

    @Test
    void aListCanBeOfOneStatus() {
        register("main").then().statusCode(201);
        exchange.fail(OWN, Reply.UNAVAILABLE);
        register("fresh", "apiKey", OWN).then().statusCode(202);

        assertThat(listed("PENDING")).isEqualTo(List.of("fresh"));
        assertThat(listed("active")).isEqualTo(List.of("main"));
        assertThat(listed("LOST")).isEmpty();
    }

    @Test
    void anEmptyListIsAList() {
        assertThat(given().get(LEASES).asString()).isEqualTo("{\"items\":[],\"next\":null}\n");
    }

    @ParameterizedTest
    @CsvSource({"limit,0", "limit,1001", "limit,-1", "limit,x", "limit,99999999999", "limit,1.5", "status,ALIVE"})
    void wrongParametersOfAListAreRefused(String name, String value) {
        JsonPath problem = problem(given().queryParam(name, value).get(LEASES), 400, "invalid-request");

        assertThat(problem.getString("detail")).startsWith(name + ":");
    }

    @Test
    void theKeyIsGivenOutAndNeverStored() {
        register("main").then().statusCode(201);

        Response response = key("main");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.header("Cache-Control")).contains("no-store");
        String active = exchange.peek(MAIN_API_KEY);
        JsonPath lease = get("main").jsonPath();
        assertThat(response.jsonPath().getMap(""))
                .isEqualTo(Map.of(
                        "account",
                        "main",
                        "listenKey",
                        active,
                        "generation",
                        1,
                        "expiresAt",
                        lease.getString("expiresAt"),
                        "streamUrl",
                        "wss://stream.example/private/ws/" + active));
    }

    @Test
    void aLostKeyIsNotGivenOutUntilANewOneIsWanted() {
        register("main", "onLoss", "report").then().statusCode(201);
        String dead = exchange.peek(MAIN_API_KEY);
        exchange.closeKey(MAIN_API_KEY);

        JsonPath lost = renew("main").jsonPath();

        assertThat(lost.getMap("")).containsEntry("status", "LOST").containsEntry("nextAttemptAt", null);
        assertThat(lost.getMap("lastLoss"))
                .containsOnlyKeys("cause", "lostAt", "lastKnownAlive", "recoveredAt", "fingerprint")
                .containsEntry("cause", "CLOSED_ELSEWHERE")
                .containsEntry("recoveredAt", null)
                .containsEntry("fingerprint", fingerprint(dead));
        assertThat(lost.getString("lastFailure.reason")).isEqualTo("NO_ACTIVE_KEY");
        assertThat(lost.getInt("lastFailure.code")).isEqualTo(-1125);
        problem(key("main"), 409, "lost");
        assertThat(listed("LOST")).isEqualTo(List.of("main"));
        assertThat(exchange.peek(MAIN_API_KEY)).isNull();

        Response recreated = register("main", "onLoss", "recreate");

        assertThat(recreated.statusCode()).isEqualTo(200);
        assertThat(recreated.jsonPath().getMap(""))
                .containsEntry("status", "ACTIVE")
                .containsEntry("generation", 2);
        assertThat(instant(recreated.jsonPath(), "lastLoss.recoveredAt")).isNotNull();
        assertThat(key("main").jsonPath().getString("listenKey")).isEqualTo(exchange.peek(MAIN_API_KEY));
    }
}
