package dev.listenkeyd.http;

import static dev.listenkeyd.exchange.StandInResource.API_KEY_MARK;
import static dev.listenkeyd.exchange.StandInResource.MAIN_API_KEY;
import static dev.listenkeyd.exchange.StandInResource.SECOND_API_KEY;
import static dev.listenkeyd.http.ApiClient.LEASES;
import static dev.listenkeyd.http.ApiClient.get;
import static dev.listenkeyd.http.ApiClient.given;
import static dev.listenkeyd.http.ApiClient.items;
import static dev.listenkeyd.http.ApiClient.key;
import static dev.listenkeyd.http.ApiClient.post;
import static dev.listenkeyd.http.ApiClient.problem;
import static dev.listenkeyd.http.ApiClient.raw;
import static dev.listenkeyd.http.ApiClient.register;
import static dev.listenkeyd.http.ApiClient.release;
import static dev.listenkeyd.http.ApiClient.renew;
import static dev.listenkeyd.http.ApiClient.replaceApiKey;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.exchange.StandInExchange;
import dev.listenkeyd.exchange.StandInResource;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.sandbox.Reply;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The HTTP API against a stand-in for the exchange. */
@QuarkusTest
@WithTestResource(StandInResource.class)
@NullUnmarked
class ListenKeysApiTest {
    private static final String OWN = API_KEY_MARK + "own";
    private static final String NEWER = API_KEY_MARK + "newer";
    private static final int MAX_BODY = 16 * 1024;

    StandInExchange exchange;

    @AfterEach
    void cleanUp() {
        exchange.heal();
        ApiClient.releaseAll();
        List.of(MAIN_API_KEY, SECOND_API_KEY, OWN, NEWER).forEach(exchange::closeKey);
    }

    // --- registration

    @Test
    void aNewLeaseIsActiveAtOnce() {
        Instant before = Instant.now().truncatedTo(ChronoUnit.MILLIS);

        Response response = register("fresh", "apiKey", OWN);

        assertThat(response.statusCode()).isEqualTo(201);
        assertThat(response.header("Location")).endsWith("/v1/listen-keys/fresh");
        JsonPath lease = response.jsonPath();
        assertThat(lease.getMap(""))
                .containsOnlyKeys(
                        "account",
                        "status",
                        "generation",
                        "fingerprint",
                        "onLoss",
                        "holders",
                        "registeredAt",
                        "lastSuccessAt",
                        "expiresAt",
                        "confirmedAt",
                        "nextAttemptAt",
                        "failures",
                        "attemptsLeft",
                        "lastFailure",
                        "lastLoss")
                .containsEntry("account", "fresh")
                .containsEntry("status", "ACTIVE")
                .containsEntry("generation", 1)
                .containsEntry("fingerprint", fingerprint(exchange.peek(OWN)))
                .containsEntry("onLoss", "recreate")
                .containsEntry("holders", List.of("default"))
                .containsEntry("failures", 0)
                .containsEntry("lastFailure", null)
                .containsEntry("lastLoss", null);
        assertThat(lease.getInt("attemptsLeft")).isBetween(5, 1000);
        Instant success = instant(lease, "lastSuccessAt");
        assertThat(success).isBetween(before, Instant.now());
        assertThat(instant(lease, "registeredAt")).isBetween(before, success);
        assertThat(instant(lease, "confirmedAt")).isBetween(before, success);
        assertThat(instant(lease, "expiresAt")).isEqualTo(success.plus(Duration.ofMinutes(60)));
        assertThat(instant(lease, "nextAttemptAt"))
                .isBetween(success.plus(Duration.ofMinutes(24)), success.plus(Duration.ofMinutes(30)));
        assertThat(get("fresh").jsonPath().getMap("")).isEqualTo(lease.getMap(""));
    }

    @Test
    void theFirstPutIsSentAtOnce() {
        register("main").then().statusCode(201);

        assertThat(exchange.calls(MAIN_API_KEY)).endsWith("POST", "PUT");
    }

    @Test
    void askingAgainGivesTheSameLeaseWithoutACall() {
        Response first = register("main", "holder", "bot-1");
        int calls = exchange.calls().size();

        Response again = register("main", "holder", "bot-1");

        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(again.jsonPath().getMap("")).isEqualTo(first.jsonPath().getMap(""));
        assertThat(exchange.calls()).hasSize(calls);
    }

    @Test
    void holdersAddUp() {
        register("main", "holder", "bot-2").then().statusCode(201);

        Response joined = register("main", "holder", "Bot:1.a_b");

        assertThat(joined.statusCode()).isEqualTo(200);
        assertThat(joined.jsonPath().getList("holders")).isEqualTo(List.of("Bot:1.a_b", "bot-2"));
    }

    @Test
    void concurrentRegistrationsOfOneAccountMakeOneLease() {
        int callers = 12;
        ExecutorService threads = Executors.newFixedThreadPool(callers);
        try {
            List<CompletableFuture<Response>> all = IntStream.range(0, callers)
                    .mapToObj(i ->
                            CompletableFuture.supplyAsync(() -> register("main", "holder", "bot-" + (10 + i)), threads))
                    .toList();
            List<Response> answers = all.stream().map(CompletableFuture::join).toList();

            assertThat(answers).extracting(Response::statusCode).containsOnlyOnce(201);
            assertThat(answers).extracting(Response::statusCode).containsOnly(201, 200);
            assertThat(answers)
                    .extracting(answer -> answer.jsonPath().getString("fingerprint"))
                    .containsOnly(fingerprint(exchange.peek(MAIN_API_KEY)));
            assertThat(items())
                    .singleElement()
                    .satisfies(
                            lease -> assertThat((List<?>) lease.get("holders")).hasSize(callers));
        } finally {
            threads.shutdownNow();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"recreate", "report"})
    void aLivingKeyIsAdoptedAsItIs(String onLoss) {
        String theirs = exchange.activeKey(OWN);

        Response response = register("fresh", "apiKey", OWN, "listenKey", theirs, "onLoss", onLoss);

        assertThat(response.statusCode()).isEqualTo(201);
        assertThat(response.jsonPath().getMap(""))
                .containsEntry("status", "ACTIVE")
                .containsEntry("generation", 1)
                .containsEntry("fingerprint", fingerprint(theirs))
                .containsEntry("onLoss", onLoss)
                .containsEntry("lastLoss", null);
        assertThat(exchange.peek(OWN)).isEqualTo(theirs);
    }

    @Test
    void aDeadKeyIsReplacedWhenItMayBe() {
        String dead = exchange.activeKey(OWN);
        exchange.closeKey(OWN);

        Response response = register("fresh", "apiKey", OWN, "listenKey", dead);

        assertThat(response.statusCode()).isEqualTo(201);
        JsonPath lease = response.jsonPath();
        assertThat(lease.getInt("generation")).isEqualTo(2);
        assertThat(lease.getString("fingerprint")).isEqualTo(fingerprint(exchange.peek(OWN)));
        assertThat(lease.getString("lastLoss.cause")).isEqualTo("CLOSED_ELSEWHERE");
        assertThat(lease.getString("lastLoss.fingerprint")).isEqualTo(fingerprint(dead));
        assertThat(instant(lease, "lastLoss.recoveredAt")).isAfterOrEqualTo(instant(lease, "lastLoss.lostAt"));
    }

    @Test
    void adoptingADeadKeyWithReportIsRefusedAndNothingIsKeptNorMade() {
        Response response = register("fresh", "apiKey", OWN, "listenKey", "dead", "onLoss", "report");

        problem(response, 422, "no-active-key");
        assertNothingKept();
        assertThat(exchange.peek(OWN)).isNull();
    }

    @Test
    void adoptingAnotherKeyThanTheActiveOneWithReportIsRefusedAndNothingIsKept() {
        String active = exchange.activeKey(OWN);

        Response response = register("fresh", "apiKey", OWN, "listenKey", "another", "onLoss", "report");

        problem(response, 409, "another-key-active");
        assertNothingKept();
        assertThat(exchange.peek(OWN)).isEqualTo(active);
    }

    @Test
    void refusedCredentialsAreSaidAndNothingIsKept() {
        exchange.fail(OWN, Reply.REFUSED);

        problem(register("fresh", "apiKey", OWN), 422, "credentials-refused");
        assertNothingKept();

        exchange.heal();
        register("fresh", "apiKey", OWN).then().statusCode(201);
    }

    @Test
    void anExchangeThatCannotBeAskedLeavesTheLeasePending() {
        exchange.fail(OWN, Reply.UNAVAILABLE);

        Response response = register("fresh", "apiKey", OWN);

        assertThat(response.statusCode()).isEqualTo(202);
        JsonPath lease = response.jsonPath();
        assertThat(lease.getMap(""))
                .containsEntry("status", "PENDING")
                .containsEntry("fingerprint", null)
                .containsEntry("lastSuccessAt", null)
                .containsEntry("expiresAt", null)
                .containsEntry("confirmedAt", null)
                .containsEntry("failures", 1)
                .containsEntry("attemptsLeft", 0);
        assertThat(lease.getMap("lastFailure"))
                .containsOnlyKeys("at", "reason", "httpStatus", "code", "message")
                .containsEntry("reason", "UNREACHABLE")
                .containsEntry("httpStatus", 503)
                .containsEntry("code", -1001)
                .containsEntry("message", "Internal error; unable to process.");
        assertThat(instant(lease, "nextAttemptAt")).isAfter(instant(lease, "lastFailure.at"));
        problem(key("fresh"), 409, "pending");

        exchange.heal();
        assertThat(renew("fresh").jsonPath().getString("status")).isEqualTo("ACTIVE");
    }

    @Test
    void aDroppedConnectionLeavesTheLeasePending() {
        exchange.fail(OWN, Reply.DROPPED);

        Response response = register("fresh", "apiKey", OWN);

        assertThat(response.statusCode()).isEqualTo(202);
        assertThat(response.jsonPath().getString("lastFailure.reason")).isEqualTo("UNREACHABLE");
        assertThat(response.jsonPath().getMap("lastFailure"))
                .containsEntry("httpStatus", null)
                .containsEntry("code", null);
    }

    @Test
    void aSilentExchangeKeepsNobodyLongerThanTheCallTimeout() {
        exchange.hold();

        Response response = register("fresh", "apiKey", OWN);

        assertThat(response.statusCode()).isEqualTo(202);
        assertThat(response.jsonPath().getString("status")).isEqualTo("PENDING");
        assertThat(response.timeIn(TimeUnit.MILLISECONDS))
                .isLessThan(StandInResource.CALL_TIMEOUT.plusSeconds(4).toMillis());
    }

    /** Then the answer comes from the loop, on a thread that knows no request. */
    @Test
    void aRegistrationThatHasToWaitForTheGateIsAnsweredLikeAnyOther() {
        register("main").then().statusCode(201);
        exchange.fail(MAIN_API_KEY, Reply.throttled(Duration.ofSeconds(1)));
        renew("main").then().statusCode(200);
        exchange.heal();

        Response response = register("second");

        assertThat(response.statusCode()).as(response.asString()).isIn(201, 202);
        assertThat(response.header("Location")).endsWith("/v1/listen-keys/second");
        assertThat(response.jsonPath().getString("account")).isEqualTo("second");
    }

    @Test
    void anAccountThatNobodyKnowsNeedsItsApiKey() {
        JsonPath problem = problem(register("nobody"), 422, "account-unknown");

        assertThat(problem.getString("detail")).contains("apiKey");
        assertNothingKept();
    }

    @Test
    void theApiKeyOfAConfiguredAccountCannotBeSent() {
        JsonPath problem = problem(register("main", "apiKey", OWN), 400, "invalid-request");

        assertThat(problem.getString("detail")).startsWith("apiKey");
        assertNothingKept();
    }

    @Test
    void anotherApiKeyTakesOverOnceItWorked() {
        exchange.alias(OWN, NEWER);
        register("fresh", "apiKey", OWN).then().statusCode(201);

        Response response = replaceApiKey("fresh", NEWER);

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.jsonPath().getInt("generation")).isEqualTo(1);
        exchange.fail(OWN, Reply.REFUSED);
        assertThat(renew("fresh").jsonPath().getString("status")).isEqualTo("ACTIVE");
    }

    @Test
    void anotherApiKeyIsRefusedUnlessItsReplacementIsAskedFor() {
        register("fresh", "apiKey", OWN).then().statusCode(201);
        List<String> before = List.copyOf(exchange.calls(NEWER));

        problem(register("fresh", "apiKey", NEWER), 409, "api-key-differs");
        problem(post("{\"account\":\"fresh\",\"replaceApiKey\":true}"), 400, "invalid-request");
        problem(
                post("{\"account\":\"fresh\",\"apiKey\":\"%s\",\"replaceApiKey\":\"yes\"}".formatted(NEWER)),
                400,
                "invalid-request");

        assertThat(exchange.calls(NEWER)).isEqualTo(before);
    }

    @Test
    void whetherAKeyWasAdoptedIsSaidToWhomeverBroughtOne() {
        Response adopting = register("main", "listenKey", "another-listen-key");

        assertThat(adopting.statusCode()).isEqualTo(201);
        assertThat(adopting.jsonPath().getBoolean("adopted")).isFalse();
        assertThat(get("main").jsonPath().getMap("")).doesNotContainKey("adopted");
        assertThat(register("main").jsonPath().getMap("")).doesNotContainKey("adopted");
    }

    @Test
    void anotherApiKeyThatIsRefusedChangesNothing() {
        register("fresh", "apiKey", OWN).then().statusCode(201);
        exchange.fail(NEWER, Reply.REFUSED);

        problem(replaceApiKey("fresh", NEWER), 422, "credentials-refused");

        assertThat(renew("fresh").jsonPath().getMap(""))
                .containsEntry("status", "ACTIVE")
                .containsEntry("failures", 0);
        assertThat(exchange.calls(OWN)).endsWith("PUT", "POST");
    }

    @Test
    void anotherApiKeyThatCannotBeTriedChangesNothing() {
        register("fresh", "apiKey", OWN).then().statusCode(201);
        exchange.fail(NEWER, Reply.UNAVAILABLE);

        problem(replaceApiKey("fresh", NEWER), 503, "upstream-unavailable");

        assertThat(renew("fresh").jsonPath().getString("status")).isEqualTo("ACTIVE");
    }

    @Test
    void nullMembersCountAsAbsent() {
        Response response =
                post("{\"account\":\"main\",\"apiKey\":null,\"listenKey\":null,\"onLoss\":null,\"holder\":null}");

        assertThat(response.statusCode()).isEqualTo(201);
        assertThat(response.jsonPath().getList("holders")).isEqualTo(List.of("default"));
    }

    // --- refused requests

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "``                                                  | JSON",
                "`null`                                              | must be a JSON object",
                "`[]`                                                | must be a JSON object",
                "`\"main\"`                                          | must be a JSON object",
                "`{\"account\":\"main\"`                             | not valid JSON at line 1",
                "`{\"account\":\"main\"} {}`                         | not valid JSON",
                "`{\"account\":\"main\",}`                           | not valid JSON",
                "`{'account':'main'}`                                | not valid JSON",
                "`{\"account\":\"main\",\"account\":\"second\"}`     | not valid JSON",
                "`{}`                                                | account: is missing",
                "`{\"account\":null}`                                | account: is missing",
                "`{\"account\":7}`                                   | account: must be a string",
                "`{\"account\":[\"main\"]}`                          | account: must be a string",
                "`{\"account\":\"\"}`                                | account: must match",
                "`{\"account\":\"Main\"}`                            | account: must match",
                "`{\"account\":\"main\\n\"}`                         | account: must match",
                "`{\"account\":\"../main\"}`                         | account: must match",
                "`{\"account\":\"main\",\"holder\":\"a b\"}`         | holder: must match",
                "`{\"account\":\"main\",\"holder\":\"a,b\"}`         | holder: must match",
                "`{\"account\":\"main\",\"holder\":\"Config\"}`      | holder: config, default and listenkeyd are reserved",
                "`{\"account\":\"main\",\"holder\":\"listenkeyd\"}`  | holder: config, default and listenkeyd are reserved",
                "`{\"account\":\"main\",\"holder\":{}}`              | holder: must be a string",
                "`{\"account\":\"main\",\"onLoss\":\"RECREATE\"}`    | onLoss: must be recreate or report",
                "`{\"account\":\"main\",\"onLoss\":true}`            | onLoss: must be a string",
                "`{\"account\":\"fresh\",\"apiKey\":12}`             | apiKey: must be a string",
                "`{\"account\":\"fresh\",\"apiKey\":\"\"}`           | apiKey: must be 1 to 256 printable",
                "`{\"account\":\"main\",\"listenKey\":\"a b\"}`      | listenKey: must be 1 to 256 printable",
                "`{\"account\":\"main\",\"listenkey\":\"x\"}`        | unknown member",
            })
    void aWrongBodyIsRefusedWithItsReason(String body, String reason) {
        JsonPath problem = problem(post(body), 400, "invalid-request");

        assertThat(problem.getString("detail")).contains(reason);
        assertNothingKept();
    }

    /** The client's filter finds every value that is repeated. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"account\":\"fresh\",\"apiKey\":\"%s with spaces\"}",
                "{\"account\":\"fresh\",\"apiKey\":%s}",
                "{\"account\":\"fresh\",\"apiKey\":\"%s",
                "{\"account\":\"%s\"}",
                "{\"account\":\"fresh\",\"onLoss\":\"%s\"}",
                "{\"account\":\"fresh\",\"holder\":\"%s \"}",
                "{\"%s%1$s%1$s%1$s\":\"fresh\"}",
                "%s",
            })
    void refusalsRepeatNoSecret(String body) {
        problem(post(String.format(Locale.ROOT, body, OWN)), 400, "invalid-request");
    }

    @Test
    void allThatIsWrongIsSaidAtOnce() {
        JsonPath problem = problem(
                post("{\"account\":\"Main\",\"holder\":\"a b\",\"onLoss\":\"no\",\"more\":1}"), 400, "invalid-request");

        assertThat(problem.getString("detail")).contains("account:", "holder:", "onLoss:", "unknown member");
    }

    @Test
    void deeplyNestedAndBrokenBytesAreRefused() {
        problem(post("[".repeat(2000)), 400, "invalid-request");
        Response broken = given().contentType("application/json")
                .body(new byte[] {'{', '"', (byte) 0xff, (byte) 0xc0, '"', ':', '1', '}'})
                .post(LEASES);
        problem(broken, 400, "invalid-request");
    }

    @Test
    void theLargestBodyIsTakenAndOneByteMoreIsNot() {
        String body = "{\"account\":\"main\"}";

        problem(post(body + " ".repeat(MAX_BODY - body.length() + 1)), 413, "too-large");
        assertNothingKept();

        post(body + " ".repeat(MAX_BODY - body.length())).then().statusCode(201);
    }

    @Test
    void aLargeBodyWithoutALengthIsRefusedToo() throws Exception {
        String body = "{\"account\":\"main\"}" + " ".repeat(MAX_BODY);

        String reply = raw("POST /v1/listen-keys HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                + Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n");

        assertThat(reply).startsWith("HTTP/1.1 413").contains("application/problem+json", "\"code\":\"too-large\"");
        assertNothingKept();
    }

    /** Far beyond our limit the server refuses by itself, without our words. */
    @Test
    void aHugeBodyIsRefusedBeforeItIsRead() throws Exception {
        String reply = raw("POST /v1/listen-keys HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                + "Content-Type: application/json\r\nContent-Length: 3000000\r\n\r\n{");

        assertThat(reply).startsWith("HTTP/1.1 413");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"
            })
    void onlyJsonIsRead(String contentType) throws Exception {
        String body = "{\"account\":\"main\"}";

        String reply = raw("POST /v1/listen-keys HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: "
                + contentType + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);

        assertThat(reply).startsWith("HTTP/1.1 415").contains("application/problem+json", "invalid-request");
        assertNothingKept();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/listen-keys", "/v1/listen-keys/main/renew"})
    void aBodyWithoutATypeIsNotRead(String path) throws Exception {
        String body = "{\"account\":\"main\"}";

        String reply = raw("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body);

        assertThat(reply).startsWith("HTTP/1.1 415").contains("application/problem+json", "invalid-request");
        assertNothingKept();
    }

    @Test
    void jsonWithACharsetIsJson() {
        given().contentType("application/json; charset=utf-8")
                .body("{\"account\":\"main\"}")
                .post(LEASES)
                .then()
                .statusCode(201);
    }

    // --- reading

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
                .containsOnlyKeys("cause", "lostAt", "recoveredAt", "fingerprint")
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

    // --- renewal on demand

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

    // --- release

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
    void withoutANameTheDefaultHolderIsMeant() {
        register("main").then().statusCode(201);

        Response response = given().delete(LEASES + "/main");

        assertThat(response.statusCode()).isEqualTo(204);
        assertThat(response.asString()).isEmpty();
        problem(given().delete(LEASES + "/main"), 404, "not-found");
    }

    @Test
    void whatTheConfigurationHoldsNobodyReleases() {
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
    void whatCannotBeClosedIsKept() {
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

    // --- what is not there

    @ParameterizedTest
    @CsvSource({
        "GET,/v1/listen-keys/none",
        "GET,/v1/listen-keys/none/key",
        "POST,/v1/listen-keys/none/renew",
        "DELETE,/v1/listen-keys/none",
        "GET,/v1/listen-keys/%00%0a",
        "GET,/v1/listen-keys/main/secrets",
        "GET,/v1/none",
        "GET,/none",
        "POST,/sandbox/faults",
        "POST,/sandbox/eapi/v1/listenKey",
    })
    void whatIsNotThereIsNotFound(String method, String path) {
        Response response = given().urlEncodingEnabled(false)
                .contentType("application/json")
                .body("POST".equals(method) ? "{}" : "")
                .request(method, path);

        problem(response, 404, "not-found");
    }

    @Test
    void otherMethodsAndMediaTypesAreRefused() {
        problem(given().put(LEASES), 405, "invalid-request");
        problem(given().patch(LEASES + "/main"), 405, "invalid-request");
        problem(given().accept("text/html").get(LEASES), 406, "invalid-request");
    }

    // --- web pages

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "localhost.evil.example",
                "127.0.0.1.evil.example:8080",
                "192.0.2.1",
                "evil.example#localhost",
                "[::2]:80",
                "",
                "localhost:80:evil.example",
                "keys.example.evil.example",
            })
    void aForeignHostIsRefused(String host) throws Exception {
        String reply = raw("GET /v1/listen-keys HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");

        assertThat(reply).doesNotStartWith("HTTP/1.1 2").doesNotContain("items");
        assertThat(reply.startsWith("HTTP/1.1 403") || reply.startsWith("HTTP/1.1 400"))
                .as(reply)
                .isTrue();
        if (reply.startsWith("HTTP/1.1 403")) {
            assertThat(reply).contains("application/problem+json", "\"code\":\"forbidden\"");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"localhost", "localhost:8080", "LocalHost", "127.0.0.1:1", "[::1]", "[::1]:8080", "keys.example"
            })
    void aNameOfThisMachineIsServed(String host) throws Exception {
        String reply = raw("GET /v1/listen-keys HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");

        assertThat(reply).startsWith("HTTP/1.1 200");
    }

    /** There the name stands in :authority; Java's own client speaks HTTP/2 unless told otherwise. */
    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void programsAreServedWhateverVersionOfHttpTheySpeak(HttpClient.Version version) throws Exception {
        HttpClient client = HttpClient.newBuilder().version(version).build();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + RestAssured.port + LEASES))
                .timeout(Duration.ofSeconds(10))
                .build();

        for (int i = 0; i < 2; i++) {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        }
    }

    /** They name accounts: a page that rebinds its own name must not read them. */
    @ParameterizedTest
    @ValueSource(strings = {"/q/metrics", "/q/health", "/q/health/well", "/q/openapi", "/v1/status", "/nothing"})
    void aForeignHostIsRefusedOnEveryRoute(String path) throws Exception {
        String reply = raw("GET " + path + " HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");

        assertThat(reply).startsWith("HTTP/1.1 403").contains("application/problem+json", "LISTENKEYD_API_HOSTS");
        assertThat(raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .startsWith(path.equals("/nothing") ? "HTTP/1.1 404" : "HTTP/1.1 200");
    }

    @Test
    void aRequestWithoutAHostIsRefused() throws Exception {
        assertThat(raw("GET /v1/listen-keys HTTP/1.0\r\n\r\n")).doesNotContain("items");
    }

    @ParameterizedTest
    @CsvSource({
        "Origin,https://evil.example",
        "Origin,http://localhost:8080",
        "Origin,null",
        "Sec-Fetch-Site,cross-site",
        "Sec-Fetch-Site,same-site",
    })
    void webPagesAreRefused(String header, String value) {
        problem(given().header(header, value).get(LEASES), 403, "forbidden");
        problem(given().header(header, value).post(LEASES + "/main/renew"), 403, "forbidden");
        problem(given().header(header, value).get("/v1/status"), 403, "forbidden");
        problem(given().header(header, value).delete(LEASES + "/main"), 403, "forbidden");
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "same-origin"})
    void aPersonAtTheAddressBarIsServed(String site) {
        given().header("Sec-Fetch-Site", site).get(LEASES).then().statusCode(200);
    }

    @Test
    void noPageMayReadAnAnswer() {
        Response preflight = given().header("Origin", "https://evil.example")
                .header("Access-Control-Request-Method", "POST")
                .options(LEASES);

        assertThat(preflight.headers().asList())
                .noneMatch(header -> header.getName().startsWith("Access-Control-Allow"));
    }

    // --- the rest

    @Test
    void theStatusTellsTheWholeFleet() {
        register("main").then().statusCode(201);
        exchange.fail(OWN, Reply.UNAVAILABLE);
        register("fresh", "apiKey", OWN).then().statusCode(202);

        JsonPath status = given().get("/v1/status").jsonPath();

        assertThat(status.getMap(""))
                .containsOnlyKeys(
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
        assertThat(status.getMap("leases"))
                .isEqualTo(Map.of("PENDING", 1, "ACTIVE", 1, "RETRYING", 0, "AT_RISK", 0, "LOST", 0));
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

    @Test
    void theDescriptionNamesEveryCallAndNoOther() {
        JsonPath openapi =
                given().queryParam("format", "json").get("/q/openapi").jsonPath();

        Map<String, Map<String, Object>> paths = openapi.getMap("paths");
        List<String> calls = new ArrayList<>();
        paths.forEach((path, methods) -> methods.keySet().stream()
                .filter(method ->
                        List.of("get", "post", "put", "delete", "patch").contains(method))
                .forEach(method -> calls.add(method + " " + path)));
        assertThat(calls)
                .containsExactlyInAnyOrder(
                        "post /v1/listen-keys",
                        "get /v1/listen-keys",
                        "get /v1/listen-keys/{account}",
                        "delete /v1/listen-keys/{account}",
                        "get /v1/listen-keys/{account}/explain",
                        "get /v1/listen-keys/{account}/key",
                        "post /v1/listen-keys/{account}/renew",
                        "post /v1/what-if",
                        "get /v1/approvals",
                        "post /v1/approvals/{id}",
                        "get /v1/status",
                        "delete /v1/gate/pause",
                        "get /v1/audit");
        assertThat(openapi.getMap("components.schemas")).containsKeys("Lease", "Problem", "RegisterRequest");
    }

    private static void assertNothingKept() {
        assertThat(items()).isEmpty();
    }

    private static List<String> listed(String status) {
        return given().queryParam("status", status).get(LEASES).jsonPath().getList("items.account");
    }

    private static String fingerprint(String key) {
        return new Secret(key).fingerprint();
    }

    private static Instant instant(JsonPath json, String path) {
        String text = json.getString(path);
        assertThat(text).as(path).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{3})?Z");
        return Instant.parse(text);
    }
}
