package dev.listenkeyd.http;

import static dev.listenkeyd.exchange.StandInResource.API_KEY_MARK;
import static dev.listenkeyd.exchange.StandInResource.MAIN_API_KEY;
import static dev.listenkeyd.exchange.StandInResource.SECOND_API_KEY;
import static dev.listenkeyd.http.ApiClient.given;
import static dev.listenkeyd.http.ApiClient.problem;
import static dev.listenkeyd.http.ApiClient.register;
import static dev.listenkeyd.http.ApiClient.release;
import static dev.listenkeyd.http.ApiClient.renew;
import static dev.listenkeyd.http.ApiClient.replaceApiKey;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.listenkeyd.audit.RepeatedEntries;
import dev.listenkeyd.exchange.StandInExchange;
import dev.listenkeyd.exchange.StandInResource;
import dev.listenkeyd.sandbox.Reply;
import io.agroal.api.AgroalDataSource;
import io.quarkus.agroal.DataSource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.Socket;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the API records of its calls, and shows. */
@QuarkusTest
@WithTestResource(StandInResource.class)
@NullUnmarked
class AuditApiTest {
    private static final String AUDIT = "/v1/audit";
    private static final String OWN = API_KEY_MARK + "own";
    private static final String NEWER = API_KEY_MARK + "newer";

    @Inject
    @DataSource("sqlite")
    AgroalDataSource dataSource;

    @Inject
    RepeatedEntries repeated;

    StandInExchange exchange;
    private long before;

    /** Every reveal of a test is the first one. */
    @BeforeEach
    void remember() {
        endTheMinute();
        before = audit().getLong("last");
    }

    @AfterEach
    void cleanUp() {
        exchange.heal();
        exchange.slowDown(Duration.ZERO);
        ApiClient.releaseAll();
        List.of(MAIN_API_KEY, SECOND_API_KEY, OWN, NEWER).forEach(exchange::closeKey);
        assertThat(audit().getBoolean("intact")).isTrue();
    }

    @Test
    void theStartIsTheFirstRow() {
        JsonPath first = given().queryParam("limit", 1).get(AUDIT).jsonPath();

        assertThat(first.getMap("items[0]"))
                .containsOnlyKeys("place", "replica", "seq", "at", "client", "action", "account", "result", "hash")
                .containsEntry("place", 1)
                .containsEntry("replica", "local")
                .containsEntry("seq", 1)
                .containsEntry("client", "listenkeyd")
                .containsEntry("action", "start")
                .containsEntry("account", null)
                .containsEntry("result", "done");
        assertThat(Instant.parse(first.getString("items[0].at"))).isBeforeOrEqualTo(Instant.now());
        assertThat(first.getString("items[0].hash")).matches("[0-9a-f]{64}");
    }

    @Test
    void everyCallThatMattersIsARowWhenItsAnswerIsThere() {
        register("main", "holder", "bot-1").then().statusCode(201);
        assertThat(news()).containsExactly("default register main created");
        register("main", "holder", "bot-2").then().statusCode(200);
        ApiClient.key("main").then().statusCode(200);
        renew("main").then().statusCode(200);
        release("main", "bot-1", "true").then().statusCode(409);
        release("main", "bot-1", "false").then().statusCode(204);
        release("main", "bot-2", "true").then().statusCode(204);

        assertThat(news())
                .containsExactly(
                        "default register main created",
                        "default register main existing",
                        "default reveal main revealed",
                        "default renew main renewed",
                        "default release main holders-remain",
                        "default release main released",
                        "default release main closed");
    }

    @Test
    void aPollOfAKeyIsOneRowWithANumber() {
        register("main").then().statusCode(201);
        for (int i = 0; i < 20; i++) {
            ApiClient.key("main").then().statusCode(200);
        }
        assertThat(news()).containsExactly("default register main created", "default reveal main revealed");

        endTheMinute();

        assertThat(news())
                .containsExactly(
                        "default register main created",
                        "default reveal main revealed",
                        "default reveal main revealed, 19 more within a minute");
    }

    @Test
    void readingIsNoRow() {
        ApiClient.get("main").then().statusCode(404);
        ApiClient.items();
        given().get("/v1/status").then().statusCode(200);
        audit();

        assertThat(news()).isEmpty();
    }

    @Test
    void aRefusedCallIsARowWithItsReason() {
        ApiClient.post("{\"account\":\"main\",\"onLoss\":\"x\"}").then().statusCode(400);
        register("nobody").then().statusCode(422);
        ApiClient.key("main").then().statusCode(404);
        renew("main").then().statusCode(404);
        release("main", "bot", "false").then().statusCode(404);

        assertThat(news())
                .containsExactly(
                        "default register null invalid-request",
                        "default register nobody account-unknown",
                        "default reveal main not-found",
                        "default renew main not-found",
                        "default release main not-found");
    }

    @Test
    void aRegistrationThatCouldNotBeTriedIsPendingAndARenewalThatFailedIsNone() {
        exchange.failAll(Reply.UNAVAILABLE);
        register("main").then().statusCode(202);
        exchange.heal();
        renew("main").then().statusCode(200);
        exchange.failAll(Reply.UNAVAILABLE);
        renew("main").then().statusCode(200);

        assertThat(news())
                .containsExactly(
                        "default register main pending", "default renew main renewed", "default renew main retrying");
    }

    @Test
    void anotherApiKeyThatTookEffectIsARowOfItsOwn() {
        register("desk", "apiKey", OWN).then().statusCode(201);
        register("desk", "apiKey", OWN).then().statusCode(200);
        replaceApiKey("desk", NEWER).then().statusCode(200);

        assertThat(news())
                .containsExactly(
                        "default register desk created",
                        "default register desk existing",
                        "default register desk existing",
                        "default credentials-replaced desk replaced");
    }

    /** Then the thread that ends the first attempt starts the second one, and knows nothing of the second call. */
    @Test
    void anotherApiKeyThatWaitsForAnAttemptInFlightIsRecordedToo() {
        register("desk", "apiKey", OWN).then().statusCode(201);
        // So little that three attempts one after the other, that of the registration among them, end in time.
        exchange.slowDown(Duration.ofMillis(300));
        CompletableFuture<Response> renewal = CompletableFuture.supplyAsync(() -> renew("desk"));
        await().until(() -> !exchange.ledger().unanswered().isEmpty());
        replaceApiKey("desk", NEWER).then().statusCode(200);
        renewal.join().then().statusCode(200);

        assertThat(news())
                .containsExactlyInAnyOrder(
                        "default register desk created",
                        "default renew desk renewed",
                        "default register desk existing",
                        "default credentials-replaced desk replaced");
    }

    @Test
    void aCallIsRecordedAfterItsClientHungUp() throws IOException {
        register("main").then().statusCode(201);
        exchange.hold();
        try (Socket caller = new Socket("localhost", RestAssured.port)) {
            caller.setSoLinger(true, 0);
            caller.getOutputStream()
                    .write("POST /v1/listen-keys/main/renew HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII));
            await().until(() -> !exchange.ledger().unanswered().isEmpty());
        }
        exchange.heal();

        await().until(() -> news().size() == 2);
        assertThat(news()).containsExactly("default register main created", "default renew main renewed");
    }

    @Test
    void anApiKeyThatIsRefusedReplacesNothing() {
        register("desk", "apiKey", OWN).then().statusCode(201);
        exchange.fail(NEWER, Reply.REFUSED);
        replaceApiKey("desk", NEWER).then().statusCode(422);

        assertThat(news())
                .containsExactly("default register desk created", "default register desk credentials-refused");
    }

    @Test
    void noSecretIsRecordedWhereverItWasPut() {
        String secret = exchange.activeKey(MAIN_API_KEY);

        given().get("/v1/listen-keys/{account}/key", secret).then().statusCode(404);
        release("main", secret, "false").then().statusCode(404);
        register(OWN, "apiKey", OWN).then().statusCode(400);

        assertThat(given().queryParam("after", before).get(AUDIT).asString())
                .doesNotContain(StandInExchange.LISTEN_KEY_MARK, API_KEY_MARK);
        assertThat(news())
                .containsExactly(
                        "default reveal null not-found",
                        "default release main not-found",
                        "default register null invalid-request");
    }

    /** The daemon's only connection to the store is taken: as when the disk hangs. */
    @Test
    void anAnswerWaitsForItsRowButNotForEver() throws SQLException {
        register("main").then().statusCode(201);
        long asked = System.nanoTime();
        Duration waited;
        try (Connection held = dataSource.getConnection()) {
            assertThat(held.isClosed()).isFalse();
            ApiClient.key("main").then().statusCode(200);
            waited = Duration.ofNanos(System.nanoTime() - asked);
        }

        assertThat(waited).isGreaterThanOrEqualTo(Duration.ofSeconds(2));
        awaitRows();
        assertThat(news()).containsExactly("default register main created", "default reveal main revealed");
    }

    @Test
    void pagesFollowEachOther() {
        for (int i = 0; i < 5; i++) {
            renew("main").then().statusCode(404);
        }
        List<Long> seqs = new ArrayList<>();
        Long next = before;
        while (next != null) {
            JsonPath page = given().queryParam("after", next)
                    .queryParam("limit", 2)
                    .get(AUDIT)
                    .jsonPath();
            List<Integer> found = page.getList("items.seq", Integer.class);
            found.forEach(seq -> seqs.add((long) seq));
            Object after = page.get("next");
            next = after == null ? null : ((Number) after).longValue();
        }

        assertThat(seqs).containsExactly(before + 1, before + 2, before + 3, before + 4, before + 5);
        JsonPath last = given().queryParam("after", before + 4).get(AUDIT).jsonPath();
        assertThat(last.getMap(""))
                .containsOnlyKeys("items", "next", "last", "head", "intact", "brokenAt", "waiting")
                .containsEntry("last", (int) before + 5)
                .containsEntry("next", null)
                .containsEntry("intact", true)
                .containsEntry("brokenAt", null)
                .containsEntry("waiting", 0);
        assertThat(last.getMap("head"))
                .isEqualTo(Map.of("seq", (int) before + 5, "hash", last.getString("items[0].hash")));
        assertThat(given().queryParam("after", Long.MAX_VALUE)
                        .get(AUDIT)
                        .jsonPath()
                        .getList("items"))
                .isEmpty();
    }

    @Test
    void rowsOfAReplicaCanBeAskedFor() {
        renew("main").then().statusCode(404);

        assertThat(rowsOf("local")).hasSize(1);
        assertThat(rowsOf("another")).isEmpty();
    }

    private List<Object> rowsOf(String replica) {
        return given().queryParam("after", before)
                .queryParam("replica", replica)
                .get(AUDIT)
                .jsonPath()
                .getList("items");
    }

    @Test
    void theChainIsCheckedAndNamed() {
        Map<String, Object> head = audit().getMap("head");
        JsonPath chains = given().get(AUDIT + "/chains").jsonPath();

        assertThat(chains.getMap("")).containsOnlyKeys("intact", "items").containsEntry("intact", true);
        assertThat(chains.getList("items")).hasSize(1);
        assertThat(chains.getMap("items[0]"))
                .containsOnlyKeys("replica", "base", "head", "brokenAt")
                .containsEntry("replica", "local")
                .containsEntry("base", Map.of("seq", 0, "hash", ""))
                .containsEntry("head", head)
                .containsEntry("brokenAt", null);
    }

    @ParameterizedTest
    @CsvSource({
        "after, -1",
        "after, x",
        "after, 1.5",
        "after, 9223372036854775808",
        "replica, a b",
        "limit, 0",
        "limit, 1001",
        "limit, x"
    })
    void wrongNumbersAreRefused(String parameter, String value) {
        Response refused = given().queryParam(parameter, value).get(AUDIT);

        assertThat(problem(refused, 400, "invalid-request").getString("detail")).startsWith(parameter + ":");
    }

    @Test
    void theMetricsSayHowItIs() {
        String metrics = given().get("/q/metrics").asString();

        assertThat(metrics.lines())
                .contains(
                        "listenkey_audit_intact 1.0", "listenkey_audit_waiting 0.0", "listenkey_audit_lost_total 0.0");
    }

    private void endTheMinute() {
        repeated.close();
        awaitRows();
    }

    private static void awaitRows() {
        await().atMost(Duration.ofSeconds(20)).until(() -> audit().getInt("waiting") == 0);
    }

    private static JsonPath audit() {
        Response answer = given().get(AUDIT);
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        return answer.jsonPath();
    }

    /** Rows since the test began, as who did what to which account and what came of it. */
    private List<String> news() {
        List<Map<String, Object>> items = given().queryParam("after", before)
                .queryParam("limit", 1000)
                .get(AUDIT)
                .jsonPath()
                .getList("items");
        return items.stream()
                .map(row -> row.get("client") + " " + row.get("action") + " " + row.get("account") + " "
                        + row.get("result"))
                .toList();
    }
}
