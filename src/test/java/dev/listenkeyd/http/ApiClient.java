package dev.listenkeyd.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.exchange.StandInExchange;
import dev.listenkeyd.exchange.StandInResource;
import dev.listenkeyd.telemetry.PrometheusText;
import io.restassured.RestAssured;
import io.restassured.filter.Filter;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Calls the API as programs do, and looks for secrets in whatever comes back. */
public final class ApiClient {
    static final String LEASES = "/v1/listen-keys";
    private static final int READ_TIMEOUT_MILLIS = 10_000;

    private static final Filter NO_SECRETS = (request, response, context) -> {
        Response answer = context.next(request, response);
        if (!request.getURI().endsWith("/key")) {
            assertThat(answer.asString() + answer.getHeaders())
                    .as("the answer to %s %s", request.getMethod(), request.getURI())
                    .doesNotContain(StandInExchange.LISTEN_KEY_MARK, StandInResource.API_KEY_MARK);
        }
        return answer;
    };

    private ApiClient() {}

    public static RequestSpecification given() {
        return RestAssured.given().filter(NO_SECRETS);
    }

    /** Registers with a body as it stands. */
    static Response post(String body) {
        return given().contentType("application/json").body(body).post(LEASES);
    }

    public static Response register(String account, Map<String, String> more) {
        Map<String, String> body = new TreeMap<>(more);
        body.put("account", account);
        return given().contentType("application/json").body(body).post(LEASES);
    }

    public static Response register(String account, String... namesAndValues) {
        Map<String, String> more = new TreeMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            more.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return register(account, more);
    }

    /** Registers the account with an API key that takes the place of the one it has. */
    static Response replaceApiKey(String account, String apiKey) {
        Map<String, Object> body = Map.of("account", account, "apiKey", apiKey, "replaceApiKey", true);
        return given().contentType("application/json").body(body).post(LEASES);
    }

    static Response get(String account) {
        return given().get(LEASES + "/{account}", account);
    }

    static Response key(String account) {
        return given().get(LEASES + "/{account}/key", account);
    }

    static PrometheusText metrics() {
        return PrometheusText.parse(
                given().accept("text/plain").get("/q/metrics").asString());
    }

    public static Response renew(String account) {
        return given().post(LEASES + "/{account}/renew", account);
    }

    static Response release(String account, String holder, String close) {
        return given().queryParam("holder", holder).queryParam("close", close).delete(LEASES + "/{account}", account);
    }

    /** Ends every lease, whoever holds it. */
    public static void releaseAll() {
        for (Map<String, Object> lease : items()) {
            for (Object holder : (List<?>) lease.getOrDefault("holders", List.of())) {
                String account = String.valueOf(lease.get("account"));
                release(account, String.valueOf(holder), "false").then().statusCode(204);
            }
        }
        assertThat(items()).isEmpty();
    }

    static List<Map<String, Object>> items() {
        return given().queryParam("limit", 1000).get(LEASES).jsonPath().getList("items");
    }

    /** Asserts what every error of the API is, and returns it. */
    public static JsonPath problem(Response response, int status, String code) {
        assertThat(response.statusCode()).as(response.asString()).isEqualTo(status);
        assertThat(response.contentType()).startsWith("application/problem+json");
        Map<String, Object> problem = response.jsonPath().getMap("");
        assertThat(problem).containsOnlyKeys("type", "title", "status", "detail", "code");
        assertThat(problem).containsEntry("status", status).containsEntry("code", code);
        assertThat(String.valueOf(problem.get("type"))).contains(":");
        assertThat(String.valueOf(problem.get("title"))).isNotBlank();
        assertThat(String.valueOf(problem.get("detail"))).isNotBlank();
        return response.jsonPath();
    }

    /** Sends these very bytes, and returns the reply up to the end of the connection. */
    public static String raw(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), RestAssured.port)) {
            socket.setSoTimeout(READ_TIMEOUT_MILLIS);
            socket.getOutputStream().write(request.getBytes(UTF_8));
            socket.getOutputStream().flush();
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }
}
