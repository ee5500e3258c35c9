package dev.listenkeyd.http;

import static dev.listenkeyd.exchange.StandInResource.API_KEY_MARK;
import static dev.listenkeyd.http.ApiClient.LEASES;
import static dev.listenkeyd.http.ApiClient.get;
import static dev.listenkeyd.http.ApiClient.given;
import static dev.listenkeyd.http.ApiClient.problem;
import static dev.listenkeyd.http.ApiClient.register;
import static dev.listenkeyd.http.ApiClient.release;
import static dev.listenkeyd.http.ApiClient.renew;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.exchange.StandInResource;
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

/** The history of losses. It outlives leases, so each test has an account of its own. */
@QuarkusTest
@WithTestResource(StandInResource.class)
@NullUnmarked
class LossesApiTest extends ApiTest {
    @Test
    void aRotationIsARecordedLossAsTheLeaseShowsIt() {
        String apiKey = registered("rotated");
        String old = exchange.peek(apiKey);
        String key = exchange.rotateKey(apiKey);

        JsonPath lease = renew("rotated").jsonPath();

        JsonPath losses = losses("rotated").jsonPath();
        assertThat(losses.getMap("")).containsOnlyKeys("items", "next").containsEntry("next", null);
        assertThat(losses.getList("items")).hasSize(1);
        assertThat(losses.getMap("items[0]"))
                .containsOnlyKeys(
                        "seq", "cause", "lastKnownAlive", "noticedAt", "recoveredAt", "fingerprint", "newFingerprint")
                .containsEntry("cause", "CLOSED_ELSEWHERE")
                .containsEntry("seq", lease.getLong("revision"))
                .containsEntry("lastKnownAlive", lease.getString("lastLoss.lastKnownAlive"))
                .containsEntry("lastKnownAlive", lease.getString("lastLoss.lostAt"))
                .containsEntry("recoveredAt", lease.getString("lastLoss.recoveredAt"))
                .containsEntry("fingerprint", fingerprint(old))
                .containsEntry("newFingerprint", fingerprint(key));
        assertThat(instant(losses, "items[0].noticedAt"))
                .isBetween(instant(losses, "items[0].lastKnownAlive"), instant(losses, "items[0].recoveredAt"));
    }

    @Test
    void aLossIsOpenUntilThereIsAnotherKey() {
        String apiKey = API_KEY_MARK + "closed";
        register("closed", "apiKey", apiKey, "onLoss", "report").then().statusCode(201);
        exchange.closeKey(apiKey);
        renew("closed").then().statusCode(200);
        assertThat(losses("closed").jsonPath().getMap("items[0]"))
                .containsEntry("recoveredAt", null)
                .containsEntry("newFingerprint", null);

        register("closed", "onLoss", "recreate").then().statusCode(200);

        JsonPath losses = losses("closed").jsonPath();
        assertThat(losses.getList("items")).hasSize(1);
        assertThat(losses.getString("items[0].newFingerprint")).isEqualTo(fingerprint(exchange.peek(apiKey)));
    }

    @Test
    void lossesComeInPagesAndOutliveTheirLease() {
        String apiKey = registered("paged");
        for (int i = 0; i < 3; i++) {
            exchange.rotateKey(apiKey);
            renew("paged").then().statusCode(200);
        }
        release("paged", "default", "false").then().statusCode(204);
        get("paged").then().statusCode(404);

        JsonPath first = losses("paged", Map.of("limit", 2)).jsonPath();
        JsonPath second = losses("paged", Map.of("limit", 2, "after", first.getLong("next")))
                .jsonPath();

        List<Long> all = losses("paged").jsonPath().getList("items.seq", Long.class);
        assertThat(all).hasSize(3).isSorted().doesNotHaveDuplicates();
        assertThat(first.getList("items.seq", Long.class)).isEqualTo(all.subList(0, 2));
        assertThat(first.getLong("next")).isEqualTo(all.get(1));
        assertThat(second.getList("items.seq", Long.class)).isEqualTo(all.subList(2, 3));
        assertThat(second.getMap("")).containsEntry("next", null);
        assertThat(losses("paged", Map.of("after", all.get(2))).asString()).isEqualTo("{\"items\":[],\"next\":null}\n");
    }

    @Test
    void theNextRegistrationsLossesFollowThoseOfTheLast() {
        String apiKey = registered("again");
        exchange.rotateKey(apiKey);
        long revision = renew("again").jsonPath().getLong("revision");
        release("again", "default", "false").then().statusCode(204);

        registered("again");
        exchange.rotateKey(apiKey);
        renew("again").then().statusCode(200);

        assertThat(losses("again").jsonPath().getList("items.seq", Long.class))
                .hasSize(2)
                .startsWith(revision)
                .isSorted();
    }

    @Test
    void aLeaseWithoutLossesHasAnEmptyListAndAnUnknownAccountNone() {
        registered("calm");

        assertThat(losses("calm").asString()).isEqualTo("{\"items\":[],\"next\":null}\n");
        problem(losses("nobody"), 404, "not-found");
        problem(losses("No Account"), 404, "not-found");
    }

    @ParameterizedTest
    @CsvSource({"limit,0", "limit,1001", "limit,x", "after,-1", "after,x", "after,1.5", "after,99999999999999999999"})
    void wrongParametersAreRefused(String name, String value) {
        JsonPath problem = problem(losses("nobody", Map.of(name, value)), 400, "invalid-request");

        assertThat(problem.getString("detail")).startsWith(name + ":");
    }

    @Test
    void everyChangeGrowsTheRevision() {
        registered("revised");
        long first = get("revised").jsonPath().getLong("revision");

        long renewed = renew("revised").jsonPath().getLong("revision");
        long joined = register("revised", "holder", "second").jsonPath().getLong("revision");

        assertThat(List.of(first, renewed, joined)).isSorted().doesNotHaveDuplicates();
        assertThat(get("revised").jsonPath().getLong("revision")).isEqualTo(joined);
    }

    /** Registers the account with an API key of its own. */
    private static String registered(String account) {
        String apiKey = API_KEY_MARK + account;
        register(account, "apiKey", apiKey).then().statusCode(201);
        return apiKey;
    }

    private static Response losses(String account) {
        return losses(account, Map.of());
    }

    private static Response losses(String account, Map<String, Object> query) {
        return given().queryParams(query).get(LEASES + "/{account}/losses", account);
    }
}
