package dev.listenkeyd.access;

import static dev.listenkeyd.access.DaemonWithClients.BOT;
import static dev.listenkeyd.access.DaemonWithClients.BOT_NEXT;
import static dev.listenkeyd.access.DaemonWithClients.FROM_FILE;
import static dev.listenkeyd.access.DaemonWithClients.TOKEN_MARK;
import static dev.listenkeyd.access.DaemonWithClients.token;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.listenkeyd.access.AuthFailures.Reason;
import dev.listenkeyd.http.ApiClient;
import dev.listenkeyd.telemetry.LogRecording;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls of the running daemon with a valid token, a wrong one and none. */
@QuarkusTest
@TestProfile(DaemonWithClients.class)
@NullUnmarked
class AuthenticationTest {
    private static final String LEASES = "/v1/listen-keys";
    private static final String CHALLENGE = "Bearer realm=\"listenkeyd\"";
    private static final String INVALID = CHALLENGE + ", error=\"invalid_token\"";

    @Inject
    ManualTicker ticks;

    @Inject
    MeterRegistry registry;

    @ConfigProperty(name = "listenkeyd.clients.by-file.token-file")
    Path tokenFile;

    private LogRecording log;

    @BeforeEach
    void listen() {
        log = new LogRecording("listenkeyd.access");
        // For every test its first wrong token is the first from this address.
        ticks.advance(TokenFailureBackoff.QUIET);
    }

    @AfterEach
    void noTokenWasSaid() {
        log.close();
        assertThat(log.everything).noneMatch(line -> line.contains(TOKEN_MARK));
        as(token(Scope.WRITE)).delete(LEASES + "/main");
        as(BOT).delete(LEASES + "/main");
    }

    /** Every call of the API, the scope that it needs, and its status while there is no lease. */
    static List<String[]> calls() {
        return List.of(
                new String[] {"POST", LEASES, Scope.WRITE, "201"},
                new String[] {"GET", LEASES, Scope.READ, "200"},
                new String[] {"GET", LEASES + "/none", Scope.READ, "404"},
                new String[] {"GET", LEASES + "/none/key", Scope.REVEAL, "404"},
                new String[] {"GET", LEASES + "/none/explain", Scope.READ, "404"},
                new String[] {"GET", LEASES + "/none/losses", Scope.READ, "404"},
                new String[] {"GET", LEASES + "/none/key/events", Scope.REVEAL, "404"},
                new String[] {"GET", "/v1/events?type=none", Scope.READ, "400"},
                new String[] {"POST", "/v1/what-if", Scope.READ, "400"},
                new String[] {"POST", LEASES + "/none/renew", Scope.WRITE, "404"},
                // Allowed, but the body is that of a registration.
                new String[] {"POST", LEASES + "/none/pause", Scope.WRITE, "400"},
                new String[] {"DELETE", LEASES + "/none/pause", Scope.WRITE, "404"},
                new String[] {"DELETE", LEASES + "/none", Scope.WRITE, "404"},
                new String[] {"GET", "/v1/status", Scope.READ, "200"},
                new String[] {"GET", "/v1/audit", Scope.READ, "200"},
                new String[] {"GET", "/v1/audit/chains", Scope.READ, "200"},
                new String[] {"GET", "/v1/approvals", Scope.APPROVE, "200"},
                new String[] {"POST", "/v1/approvals/none", Scope.APPROVE, "400"},
                new String[] {"POST", "/sandbox/faults", Scope.WRITE, "404"});
    }

    // --- scopes

    @ParameterizedTest
    @MethodSource("calls")
    void everyCallNeedsItsScope(String method, String path, String needed, int status) {
        double before = count(Reason.SCOPE);
        for (String scope : Scope.ALL) {
            Response answer = call(as(token(scope)), method, path);

            if (scope.equals(needed)) {
                assertThat(answer.statusCode()).as(scope).isEqualTo(status);
            } else {
                assertThat(problem(answer, 403, "forbidden")).contains("scope " + needed);
                assertThat(answer.header("WWW-Authenticate"))
                        .isEqualTo(CHALLENGE + ", error=\"insufficient_scope\", scope=\"" + needed + "\"");
            }
        }
        assertThat(count(Reason.SCOPE)).isEqualTo(before + 3);
    }

    @Test
    void aLeaseThatAnotherClientHoldsIsNotDivertedAndTheTryIsRecorded() {
        as(token(Scope.WRITE))
                .contentType("application/json")
                .body(Map.of("account", "main"))
                .post(LEASES)
                .then()
                .statusCode(201);
        long before = as(token(Scope.READ)).get("/v1/audit").jsonPath().getLong("last");

        Response diverted = as(BOT).contentType("application/json")
                .body(Map.of("account", "main", "onLoss", "report"))
                .post(LEASES);

        assertThat(problem(diverted, 403, "forbidden")).contains("onLoss");
        assertThat(as(token(Scope.READ)).get(LEASES + "/main").jsonPath().getString("onLoss"))
                .isEqualTo("recreate");
        assertThat(as(token(Scope.READ))
                        .get("/v1/audit?after=" + before)
                        .jsonPath()
                        .getList("items.result"))
                .containsExactly("forbidden");
    }

    @Test
    void forbiddenCallsAreRecordedUnderTheNameOfTheClientAndCallsWithoutOneAreNot() {
        long before = as(token(Scope.READ)).get("/v1/audit").jsonPath().getLong("last");
        as(token(Scope.READ)).get(LEASES + "/main/key").then().statusCode(403);
        as(token(Scope.READ))
                .contentType("application/json")
                .body("{}")
                .post(LEASES)
                .then()
                .statusCode(403);
        as(token(Scope.WRITE)).get("/v1/audit").then().statusCode(403);
        as(BOT).delete(LEASES + "/main?holder=writer").then().statusCode(403);
        as("none-" + TOKEN_MARK + "-0123").delete(LEASES + "/main").then().statusCode(401);
        ApiClient.given().delete(LEASES + "/main").then().statusCode(401);
        as(BOT).delete(LEASES + "/main").then().statusCode(404);

        List<Map<String, Object>> rows = as(token(Scope.READ))
                .get("/v1/audit?after=" + before)
                .jsonPath()
                .getList("items");
        assertThat(rows)
                .extracting(row -> row.get("client") + " " + row.get("action") + " " + row.get("account") + " "
                        + row.get("result"))
                .containsExactly(
                        "reader reveal main forbidden",
                        "reader register null forbidden",
                        "writer other null forbidden",
                        "bot release main forbidden",
                        "bot release main not-found");
    }

    @ParameterizedTest
    @MethodSource("calls")
    void noCallIsServedWithoutAToken(String method, String path, String needed, int status) {
        double before = count(Reason.MISSING);

        Response answer = call(ApiClient.given(), method, path);

        problem(answer, 401, "unauthorized");
        assertThat(answer.header("WWW-Authenticate")).isEqualTo(CHALLENGE);
        assertThat(count(Reason.MISSING)).isEqualTo(before + 1);
        assertThat(leases()).isEmpty();
        assertThat(log.lines).as("a call without a token is no attack").isEmpty();
    }

    @Test
    void everyClientMayAskWhoItIs() {
        for (String scope : Scope.ALL) {
            Response answer = as(token(scope)).get("/v1/whoami");
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.jsonPath().getList("scopes")).containsExactly(scope);
            assertThat(answer.asString()).doesNotContain(DaemonWithClients.TOKEN_MARK);
        }
        assertThat(as(BOT).get("/v1/whoami").jsonPath().getString("client")).isEqualTo("bot");
        assertThat(as(BOT).get("/v1/whoami").jsonPath().getList("scopes")).containsExactly(Scope.READ, Scope.WRITE);
        problem(call(ApiClient.given(), "GET", "/v1/whoami"), 401, "unauthorized");
    }

    /** A person without a token must see the form for it; the page itself is the same for everybody. */
    @Test
    void thePageNeedsNoToken() {
        for (String path : new String[] {"/ui/", "/ui/main.js", "/ui/style.css"}) {
            assertThat(call(ApiClient.given(), "GET", path).statusCode()).isEqualTo(200);
            assertThat(as("wrong-token-0123456789").get(path).statusCode()).isEqualTo(200);
        }
        Response root =
                ApiClient.given().redirects().follow(false).accept("text/html").get("/");
        assertThat(root.statusCode()).isEqualTo(303);
        problem(call(ApiClient.given(), "GET", "/"), 401, "unauthorized");
        problem(call(ApiClient.given(), "GET", "/uiother"), 401, "unauthorized");
    }

    @Test
    void aClientReadsAndWritesUnlessToldOtherwise() {
        assertThat(call(as(BOT), "POST", LEASES).statusCode()).isEqualTo(201);
        assertThat(as(BOT).get(LEASES + "/main").statusCode()).isEqualTo(200);
        problem(as(BOT).get(LEASES + "/main/key"), 403, "forbidden");

        Response key = as(token(Scope.REVEAL)).get(LEASES + "/main/key");

        assertThat(key.statusCode()).isEqualTo(200);
        assertThat(key.jsonPath().getString("listenKey")).isNotBlank();
    }

    // --- tokens

    @ParameterizedTest
    @ValueSource(strings = {"Bearer " + BOT, "bearer " + BOT, "BEARER   " + BOT_NEXT})
    void everyTokenOfAClientIsRight(String header) {
        assertThat(header(header).statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "WRONG_TOKEN | Bearer wrong-token-0123456789",
                "WRONG_TOKEN | Bearer short",
                "WRONG_TOKEN | Bearer " + BOT + "x",
                "WRONG_TOKEN | Bearer bot-" + TOKEN_MARK + "-012",
                "WRONG_TOKEN | Bearer BOT-TOKENMARK-0123",
                "WRONG_TOKEN | Bearer " + BOT + "=",
                "MALFORMED   | Bearer " + BOT + "," + BOT_NEXT,
                "MALFORMED   | Bearer " + BOT + " " + BOT,
                "MALFORMED   | Bearer \"" + BOT + "\"",
                "MALFORMED   | Bearer",
                "MALFORMED   | Bearer:" + BOT,
                "MALFORMED   | " + BOT,
                "MALFORMED   | Basic Ym90OmJvdA==",
                "MALFORMED   | Token " + BOT,
                "MALFORMED   | Bearer%20" + BOT,
            })
    void aWrongTokenIsRefused(Reason reason, String header) {
        double before = count(reason);

        Response answer = header(header);

        problem(answer, 401, "unauthorized");
        assertThat(answer.header("WWW-Authenticate")).isEqualTo(INVALID);
        assertThat(count(reason)).isEqualTo(before + 1);
        assertThat(log.lines)
                .singleElement()
                .asString()
                .startsWith("WARN a call with a wrong token from 127.0.0.1 (" + reason + ")");
    }

    @Test
    void aTokenInAnotherCaseIsAnotherToken() {
        problem(as(BOT.toLowerCase(Locale.ROOT)).get(LEASES), 401, "unauthorized");
    }

    @Test
    void anEndlessTokenIsNotEvenHashed() {
        problem(as("x".repeat(Tokens.MAX_LENGTH + 1)).get(LEASES), 401, "unauthorized");
        assertThat(log.lines).singleElement().asString().contains("(MALFORMED)");
    }

    @Test
    void twoHeadersAreNoToken() throws IOException {
        String header = "Authorization: Bearer " + BOT + "\r\n";

        assertThat(ApiClient.raw(get(LEASES, header))).startsWith("HTTP/1.1 200");
        assertThat(ApiClient.raw(get(LEASES, header + header))).startsWith("HTTP/1.1 401");
        assertThat(ApiClient.raw(get(LEASES, header + "Authorization: Basic eDp5\r\n")))
                .startsWith("HTTP/1.1 401");
    }

    @ParameterizedTest
    @ValueSource(strings = {"?access_token=" + BOT, "?token=" + BOT})
    void aTokenInTheAddressIsNone(String query) {
        assertThat(ApiClient.given().get(LEASES + query).statusCode()).isEqualTo(401);
    }

    @Test
    void tokensAreRotatedByTheFileOfAClient() throws IOException {
        String next = "next-" + TOKEN_MARK + "-0123";
        assertThat(as(FROM_FILE).get(LEASES).statusCode()).isEqualTo(200);

        Files.writeString(tokenFile, FROM_FILE + "\n" + next + "\n");
        awaitStatus(200, next);
        assertThat(as(FROM_FILE).get(LEASES).statusCode()).isEqualTo(200);

        Files.writeString(tokenFile, next);
        awaitStatus(401, FROM_FILE);
        assertThat(as(next).get(LEASES).statusCode()).isEqualTo(200);

        Files.writeString(tokenFile, FROM_FILE);
        awaitStatus(200, FROM_FILE);
    }

    @Test
    void aStreamOfEventsEndsWithItsToken() throws Exception {
        String next = "next-" + TOKEN_MARK + "-0123";
        HttpRequest follow = HttpRequest.newBuilder(URI.create("http://localhost:" + RestAssured.port + "/v1/events"))
                .header("Authorization", "Bearer " + FROM_FILE)
                .build();
        try (BufferedReader events = new BufferedReader(new InputStreamReader(
                HttpClient.newHttpClient()
                        .send(follow, BodyHandlers.ofInputStream())
                        .body(),
                UTF_8))) {
            assertThat(events.lines().anyMatch("event:sync"::equals)).isTrue();

            Files.writeString(tokenFile, FROM_FILE + "\n" + next);
            awaitStatus(200, next);
            as(BOT).body(Map.of("account", "main")).post(LEASES).then().statusCode(201);
            assertThat(events.lines().anyMatch("event:registered"::equals))
                    .as("an event while both tokens are valid")
                    .isTrue();

            Files.writeString(tokenFile, next);
            awaitStatus(401, FROM_FILE);
            as(BOT).delete(LEASES + "/main").then().statusCode(204);
            // The lines end with the stream; a stream that goes on tells the release.
            assertThat(events.lines().anyMatch("event:released"::equals)).isFalse();
        } finally {
            Files.writeString(tokenFile, FROM_FILE);
            awaitStatus(200, FROM_FILE);
        }
    }

    /** The daemon looks at the file once a second. */
    private void awaitStatus(int status, String token) {
        await().atMost(ofSeconds(20)).until(() -> {
            ticks.advance(TokenFailureBackoff.QUIET);
            return as(token).get(LEASES).statusCode() == status;
        });
    }

    @Test
    void aWrongTokenWaitsAndARightOneDoesNot() {
        problem(as("wrong-token-0123456789").get(LEASES), 401, "unauthorized");
        Response wrong = as("wrong-token-0123456789").get(LEASES);
        Response right = as(BOT).get(LEASES);

        assertThat(wrong.time()).as("twice the first delay").isGreaterThanOrEqualTo(190);
        assertThat(right.statusCode()).isEqualTo(200);
        assertThat(log.lines).hasSize(1);
    }

    // --- routes

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/q/health",
                "/q/health/live",
                "/q/health/ready",
                "/q/health/well",
                "/q/metrics",
                "/q/openapi",
                "/q/openapi?format=json"
            })
    void publicRoutesNeedNoToken(String path) {
        assertThat(ApiClient.given().get(path).statusCode()).isEqualTo(200);
        assertThat(as("wrong-token-0123456789").get(path).statusCode()).isEqualTo(200);
        assertThat(as(BOT).get(path).asString()).doesNotContain(TOKEN_MARK);
    }

    /** A path without a route today may have one tomorrow. */
    @ParameterizedTest
    @ValueSource(strings = {"/", "/nothing", "/v1/nothing", "/mcp/nothing", "/q/arc", "/q/nothing", "/sandbox/nothing"})
    void everyOtherRouteIsClosed(String path) {
        problem(ApiClient.given().get(path), 401, "unauthorized");
        problem(call(ApiClient.given(), "POST", path), 401, "unauthorized");
        assertThat(as(BOT).get(path).statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/q/metrics/../../v1/status",
                "/q/health/../../v1/status",
                "/q/health/%2e%2e/%2e%2e/v1/status",
                "/q/health/..%2f..%2fv1/status",
                "/q/health/..;/..;/v1/status",
                "/sandbox/eapi/../../v1/status",
                "/sandbox/eapi/../faults",
                "//v1/status",
                "/v1//status",
                "/v1/status/",
                "/v1/status;x=/q/metrics",
                "/v1/./status",
                "/%76%31/status",
                "http://localhost/v1/status",
            })
    void noDetourLeadsAroundTheDoor(String path) throws IOException {
        String reply = ApiClient.raw(get(path, ""));

        assertThat(reply).doesNotStartWith("HTTP/1.1 2").doesNotContain("survivableOutageSeconds");
    }

    @ParameterizedTest
    @ValueSource(strings = {"HEAD", "OPTIONS", "PUT", "PATCH", "TRACE"})
    void noMethodLeadsAroundTheDoor(String method) {
        assertThat(ApiClient.given().request(method, LEASES).statusCode()).isEqualTo(401);
    }

    @Test
    void withClientsTheDaemonMayBeCalledByAnyName() throws IOException {
        String request = "GET /v1/status HTTP/1.1\r\nHost: keys.internal:8443\r\nConnection: close\r\n";

        assertThat(ApiClient.raw(request + "Authorization: Bearer " + BOT + "\r\n\r\n"))
                .startsWith("HTTP/1.1 200");
        assertThat(ApiClient.raw(request + "\r\n")).startsWith("HTTP/1.1 401");
    }

    @Test
    void aWebPageIsRefusedWhateverItsToken() {
        problem(as(BOT).header("Origin", "https://evil.example").get(LEASES), 403, "forbidden");
        problem(as(BOT).header("Sec-Fetch-Site", "cross-site").get(LEASES), 403, "forbidden");
        problem(as(BOT).contentType("text/plain").body("{}").post(LEASES), 415, "invalid-request");
    }

    /** The body of a refused call must not be waited for; a small one must not cost the connection. */
    @Test
    void aRefusedCallLeavesNoBodyBehind() throws IOException {
        String post = "POST /v1/listen-keys HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
        String small = post + "Content-Length: 2\r\n\r\n{}";

        assertThat(ApiClient.raw(small + get("/q/health/live", "")))
                .startsWith("HTTP/1.1 401")
                .contains("HTTP/1.1 200");
        assertThat(ApiClient.raw(post + "Transfer-Encoding: chunked\r\n\r\n1\r\n{"))
                .startsWith("HTTP/1.1 401");
        assertThat(ApiClient.raw(post + "Content-Length: 500000\r\n\r\n{")).startsWith("HTTP/1.1 413");
    }

    /** HTTP/2 announces a body without a header, so each check of HTTP/1.1 would need another proof. */
    @Test
    void http2IsNotServed() throws Exception {
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + RestAssured.port + LEASES))
                .timeout(Duration.ofSeconds(20))
                .header("Authorization", "Bearer " + BOT)
                .build();

        HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());

        assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(ApiClient.raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")).contains(" 400 ");
    }

    // --- holders

    @Test
    void theHolderIsTheClientUnlessAnotherIsNamed() {
        Map<String, String> asBot = Map.of("account", "main");
        Map<String, String> asSeven = Map.of("account", "main", "holder", "bot-7");

        as(BOT).body(asBot).post(LEASES).then().statusCode(201);
        as(token(Scope.WRITE)).body(asSeven).post(LEASES).then().statusCode(200);

        assertThat(as(BOT).get(LEASES + "/main").jsonPath().getList("holders")).isEqualTo(List.of("bot", "bot-7"));
        as(token(Scope.WRITE)).delete(LEASES + "/main?holder=bot-7").then().statusCode(204);
        as(BOT).delete(LEASES + "/main").then().statusCode(204);
        assertThat(leases()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bot", "by-file", "reader", "BOT", "Reader"})
    void theNameOfAnotherClientIsNotForTheTaking(String other) {
        double before = count(Reason.HOLDER);
        as(BOT).body(Map.of("account", "main")).post(LEASES).then().statusCode(201);

        Response taken = as(token(Scope.WRITE))
                .body(Map.of("account", "main", "holder", other))
                .post(LEASES);
        Response dropped = as(token(Scope.WRITE)).delete(LEASES + "/main?close=true&holder=" + other);

        assertThat(problem(taken, 403, "forbidden")).isEqualTo("holder: is the name of another client");
        assertThat(problem(dropped, 403, "forbidden")).isEqualTo("holder: is the name of another client");
        assertThat(count(Reason.HOLDER)).isEqualTo(before + 2);
        assertThat(as(BOT).get(LEASES + "/main").jsonPath().getList("holders")).isEqualTo(List.of("bot"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"default", "listenkeyd", "config", "Default", "LISTENKEYD", "Config"})
    void aReservedNameIsNotForTheTaking(String name) {
        Response taken = as(BOT).body(Map.of("account", "main", "holder", name)).post(LEASES);

        assertThat(problem(taken, 400, "invalid-request"))
                .isEqualTo("holder: config, default and listenkeyd are reserved");
        assertThat(leases()).isEmpty();
    }

    // --- description and metrics

    @Test
    void theDescriptionShowsTheTokenAndWhatIsRefused() {
        var openapi =
                ApiClient.given().queryParam("format", "json").get("/q/openapi").jsonPath();

        assertThat(openapi.getMap("components.securitySchemes.token"))
                .containsEntry("type", "http")
                .containsEntry("scheme", "bearer");
        Map<String, Map<String, Map<String, Object>>> paths = openapi.getMap("paths");
        paths.forEach((path, calls) -> calls.forEach((method, call) -> {
            Map<?, ?> responses = (Map<?, ?>) call.get("responses");
            assertThat(responses.keySet()).as(method + " " + path).hasSizeGreaterThan(2);
            assertThat(call.get("security")).as(method + " " + path).asString().contains("token");
            for (String status : List.of("401", "403")) {
                assertThat(String.valueOf(responses.get(status)))
                        .as(method + " " + path)
                        .contains("application/problem+json", "schemas/Problem");
            }
        }));
    }

    @Test
    void theMetricHasEveryReason() {
        String metrics = ApiClient.given().get("/q/metrics").asString();

        for (Reason reason : Reason.values()) {
            assertThat(metrics).contains("listenkey_auth_failures_total{reason=\"" + reason + "\"");
        }
        assertThat(metrics).doesNotContain(TOKEN_MARK);
    }

    private static RequestSpecification as(String token) {
        return ApiClient.given().contentType("application/json").header("Authorization", "Bearer " + token);
    }

    private static Response header(String authorization) {
        return ApiClient.given().header("Authorization", authorization).get(LEASES);
    }

    private static Response call(RequestSpecification request, String method, String path) {
        boolean body = method.equals("POST") && !path.endsWith("/renew");
        return (body ? request.contentType("application/json").body("{\"account\":\"main\"}") : request)
                .request(method, path);
    }

    private static String get(String path, String headers) {
        return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + headers + "\r\n";
    }

    private static List<?> leases() {
        return as(token(Scope.READ)).get(LEASES).jsonPath().getList("items");
    }

    private double count(Reason reason) {
        return registry.get("listenkey.auth.failures")
                .tag("reason", reason.name())
                .counter()
                .count();
    }

    private static String problem(Response response, int status, String code) {
        assertThat(response.asString()).doesNotContain(TOKEN_MARK);
        return ApiClient.problem(response, status, code).getString("detail");
    }
}
