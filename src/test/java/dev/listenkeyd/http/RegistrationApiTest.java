package dev.listenkeyd.http;

import static dev.listenkeyd.exchange.StandInResource.MAIN_API_KEY;
import static dev.listenkeyd.http.ApiClient.get;
import static dev.listenkeyd.http.ApiClient.items;
import static dev.listenkeyd.http.ApiClient.key;
import static dev.listenkeyd.http.ApiClient.post;
import static dev.listenkeyd.http.ApiClient.problem;
import static dev.listenkeyd.http.ApiClient.register;
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
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Registering holders: new leases, shared leases, keys to adopt, credentials and their replacement. */
@QuarkusTest
@WithTestResource(StandInResource.class)
@NullUnmarked
class RegistrationApiTest extends ApiTest {
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
                        "revision",
                        "generation",
                        "fingerprint",
                        "onLoss",
                        "holders",
                        "registeredAt",
                        "lastSuccessAt",
                        "expiresAt",
                        "confirmedAt",
                        "lastCheckAt",
                        "nextAttemptAt",
                        "failures",
                        "attemptsLeft",
                        "lastFailure",
                        "lastLoss",
                        "stream",
                        "pause")
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
}
