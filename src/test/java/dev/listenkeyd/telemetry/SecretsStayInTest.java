package dev.listenkeyd.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.exchange.StandInExchange;
import dev.listenkeyd.exchange.StandInResource;
import dev.listenkeyd.sandbox.Reply;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.smallrye.faulttolerance.api.CircuitBreakerMaintenance;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/**
 * Goes every way that a secret could take, with all that logs set to log everything, and looks for secrets in all that
 * came out: every answer with its headers, and every line of the log from the start on.
 */
@QuarkusTest
@TestProfile(DaemonLoggingAll.class)
@NullUnmarked
class SecretsStayInTest {
    private static final String LEASES = "/v1/listen-keys";
    private static final String API_KEY =
            "xQ7" + StandInResource.API_KEY_MARK + "vB2nM8kL4jH6gF3dS9aP1oI5uY0tR7eW2qZ6xC4bN8m";
    private static final String SECOND_KEY = "k/Y+" + StandInResource.API_KEY_MARK + ".short";
    private static final String NEW_KEY =
            "zA1" + StandInResource.API_KEY_MARK + "rotated0pL9oK8iJ7uH6yG5tF4rD3eS2wA1qZ";
    private static final String LISTEN_KEY =
            "Lk9" + StandInExchange.LISTEN_KEY_MARK + "hG5fD3sA1qW2eR4tY6uI8oP0zX9cV7bN5mK3jL1";
    private static final String WRONG_TOKEN = "wRoNgToKeN.3eDc4~Rf5+Vt6/Gb7==";

    @TestHTTPResource
    URI url;

    @ConfigProperty(name = DaemonLoggingAll.LOG_FILE)
    Path log;

    @Inject
    CircuitBreakerMaintenance breakers;

    private StandInExchange exchange;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final SecretSearch secrets = new SecretSearch();
    private final List<String> found = new ArrayList<>();
    private int calls;

    @Test
    void noSecretLeavesButByTheOneCallThatRevealsIt() throws Exception {
        for (String secret : List.of(
                API_KEY,
                SECOND_KEY,
                NEW_KEY,
                LISTEN_KEY,
                WRONG_TOKEN,
                StandInResource.MAIN_API_KEY,
                StandInResource.SECOND_API_KEY,
                DaemonLoggingAll.TOKEN,
                DaemonLoggingAll.READER_TOKEN,
                DaemonLoggingAll.SECRETS_KEY)) {
            secrets.add(secret.substring(0, 3), secret);
        }

        registrations();
        outcomes();
        wrongPlaces();
        wrongTokens();
        everythingElse();
        ends();
        pauses();

        assertThat(calls).isGreaterThan(100);
        assertThat(found).isEmpty();
        String said = Files.readString(log);
        assertThat(said)
                .as("all that logs logs everything")
                .contains(
                        "TRACE [io.quarkus",
                        "TRACE [org.jboss.resteasy",
                        "DEBUG [listenkeyd",
                        "[io.quarkus.http.access-log]")
                .as("but for those that may not")
                .doesNotContainPattern("(TRACE|DEBUG) +\\[io\\.(vertx|netty|smallrye\\.config)");
        assertThat(secrets.in(said)).isEmpty();
    }

    private void registrations() throws Exception {
        assertThat(register("desk1", "apiKey", API_KEY)).isEqualTo(201);
        assertThat(register("desk1", "apiKey", API_KEY, "holder", "other")).isEqualTo(200);
        assertThat(register("desk2", "apiKey", SECOND_KEY)).isEqualTo(201);
        assertThat(register("main")).isEqualTo(201);
        assertThat(register("second", "listenKey", exchange.activeKey(StandInResource.SECOND_API_KEY)))
                .isEqualTo(201);
        know("desk1", "desk2", "main", "second");
        assertThat(register("desk3", "apiKey", NEW_KEY, "listenKey", LISTEN_KEY, "onLoss", "report"))
                .isEqualTo(422);
        exchange.activeKey(NEW_KEY);
        assertThat(register("desk3", "apiKey", NEW_KEY, "listenKey", LISTEN_KEY, "onLoss", "report"))
                .isEqualTo(409);
        exchange.fail(NEW_KEY, echo(401, -2015, NEW_KEY, LISTEN_KEY));
        assertThat(register("desk3", "apiKey", NEW_KEY)).isEqualTo(422);
        assertThat(register("desk1", "apiKey", NEW_KEY)).isNotEqualTo(201);
        exchange.fail(NEW_KEY, echo(503, -1001, NEW_KEY, LISTEN_KEY));
        assertThat(register("desk3", "apiKey", NEW_KEY, "listenKey", LISTEN_KEY))
                .isEqualTo(202);
        exchange.heal();
        assertThat(register("desk3", "apiKey", NEW_KEY)).isIn(200, 201);
        know("desk3");
    }

    private void outcomes() throws Exception {
        String key = Objects.requireNonNull(exchange.peek(API_KEY));
        String all = API_KEY + "\\u001b\\n" + key + " " + key.toLowerCase(Locale.ROOT);
        List<Reply> replies = new ArrayList<>(List.of(
                Reply.DROPPED,
                Reply.UNAVAILABLE,
                new Reply(302, "", Map.of("Location", exchange.url() + "/eapi/v1/listenKey?key=" + API_KEY)),
                new Reply(200, "{\"listenKey\":[\"" + key + "\"],\"" + API_KEY + "\":1}", Map.of()),
                new Reply(200, "<html>" + key + API_KEY, Map.of("Content-Type", "text/html; x=" + API_KEY)),
                new Reply(200, "{}", Map.of("Content-Type", API_KEY, "Retry-After", key)),
                new Reply(500, key, Map.of("X-MBX-USED-WEIGHT-1M", API_KEY, "Set-Cookie", key, key, API_KEY))));
        for (int status : new int[] {400, 401, 404, 408, 409, 410, 451, 500, 503}) {
            for (int code : new int[] {-1000, -1102, -2015, -1008}) {
                replies.add(echo(status, code, all, all));
            }
        }
        for (Reply reply : replies) {
            breakers.resetAll();
            exchange.fail(API_KEY, reply);
            call("POST", LEASES + "/desk1/renew", "", DaemonLoggingAll.TOKEN);
            call("GET", LEASES + "/desk1", "", DaemonLoggingAll.TOKEN);
            call("GET", "/q/health/well", "", DaemonLoggingAll.TOKEN);
        }
        exchange.heal();
        exchange.rotateKey(API_KEY);
        exchange.closeKey(SECOND_KEY);
        // The first finds that the key is gone, the second has another one made.
        for (String account : List.of("desk1", "desk2", "desk1", "desk2")) {
            breakers.resetAll();
            call("POST", LEASES + "/" + account + "/renew", "", DaemonLoggingAll.TOKEN);
        }
        know("desk1", "desk2");
    }

    /** Replies that silence the whole IP, each for as short as may be; nothing is called after the last. */
    private void pauses() throws Exception {
        fail(new Reply(429, "{\"code\":-1003,\"msg\":\"" + SECOND_KEY + "\"}", Map.of("Retry-After", "0")));
        String ban =
                SECOND_KEY + " banned until " + Instant.now().plusSeconds(1).toEpochMilli();
        fail(new Reply(418, "{\"code\":-1003,\"msg\":\"" + ban + "\"}", Map.of()));
        fail(new Reply(403, "<html>" + SECOND_KEY, Map.of("Retry-After", SECOND_KEY)));
        everythingElse();
    }

    private void fail(Reply reply) throws Exception {
        exchange.fail(SECOND_KEY, reply);
        call("POST", LEASES + "/desk2/renew", "", DaemonLoggingAll.TOKEN);
        call("GET", LEASES + "/desk2", "", DaemonLoggingAll.TOKEN);
    }

    /** What callers get wrong: a key where no key belongs. */
    private void wrongPlaces() throws Exception {
        for (String key : List.of(API_KEY, SECOND_KEY, LISTEN_KEY)) {
            for (String body : List.of(
                    "{\"account\":\"" + key + "\"}",
                    "{\"account\":\"desk9\",\"" + key + "\":1}",
                    "{\"account\":\"desk9\",\"apiKey\":[\"" + key + "\"]}",
                    "{\"account\":\"desk9\",\"apiKey\":{\"" + key + "\":1}}",
                    "{\"account\":\"desk9\",\"apiKey\":\"" + key + " \"}",
                    "{\"account\":\"desk9\",\"apiKey\":\"" + key.repeat(20) + "\"}",
                    "{\"account\":\"desk9\",\"listenKey\":\"" + key + "\\n\"}",
                    "{\"account\":\"desk9\",\"onLoss\":\"" + key + "\"}",
                    "{\"account\":\"desk9\",\"holder\":\"" + key.repeat(4) + "\"}",
                    "{\"account\":\"desk9\",\"apiKey\":\"" + key + "\",\"apiKey\":\"" + key + "\"}",
                    "{\"account\":\"main\",\"apiKey\":\"" + key + "\"}",
                    "{\"account\":\"desk9\",\"apiKey\":" + key + "}",
                    "{\"account\":\"desk9\",\"apiKey\":\"" + key,
                    key,
                    "\"" + key + "\"",
                    "[\"" + key + "\"]",
                    key.repeat(20_000 / key.length()),
                    key.repeat(100_000 / key.length()))) {
                assertThat(call("POST", LEASES, body, DaemonLoggingAll.TOKEN))
                        .as(body)
                        .isIn(400, 413, 422);
            }
            String encoded = URLEncoder.encode(key, StandardCharsets.UTF_8);
            for (String path : List.of(
                    LEASES + "/" + encoded,
                    LEASES + "/" + encoded + "/key",
                    LEASES + "?status=" + encoded,
                    LEASES + "?limit=" + encoded,
                    LEASES + "?after=" + encoded,
                    LEASES + "?" + encoded,
                    "/v1/" + encoded,
                    "/" + encoded + "/x?" + encoded + "=" + encoded,
                    "/v1/status?token=" + encoded,
                    "/q/" + encoded,
                    "/q/health/" + encoded)) {
                call("GET", path, "", DaemonLoggingAll.TOKEN);
                call("GET", path, "", DaemonLoggingAll.READER_TOKEN);
                call("PATCH", path, key, DaemonLoggingAll.TOKEN);
            }
            call("POST", LEASES + "/" + encoded + "/renew", "", DaemonLoggingAll.TOKEN);
            call("DELETE", LEASES + "/" + encoded, "", DaemonLoggingAll.TOKEN);
            call("DELETE", LEASES + "/desk1?holder=" + encoded, "", DaemonLoggingAll.TOKEN);
            call("DELETE", LEASES + "/desk1?holder=x&close=" + encoded, "", DaemonLoggingAll.TOKEN);
            call(
                    "GET",
                    "/v1/status",
                    "",
                    DaemonLoggingAll.TOKEN,
                    "X-MBX-APIKEY",
                    key,
                    "Cookie",
                    "k=" + key,
                    key.replace('/', 'x'),
                    key);
            call("POST", LEASES, key, DaemonLoggingAll.TOKEN, "Content-Type", "text/" + encoded.replace('%', 'x'));
        }
    }

    private void wrongTokens() throws Exception {
        String token = DaemonLoggingAll.TOKEN;
        for (String header : List.of(
                "Bearer " + WRONG_TOKEN,
                "Bearer " + token + "x",
                "bearer  " + token + " x",
                "Basic " + Base64.getEncoder().encodeToString(("bot:" + token).getBytes(StandardCharsets.UTF_8)),
                "Token " + token,
                token)) {
            assertThat(send("GET", "/v1/status", "", "Authorization", header))
                    .as(header)
                    .isEqualTo(401);
        }
        assertThat(call("GET", LEASES + "/desk1/key", "", DaemonLoggingAll.READER_TOKEN))
                .isEqualTo(403);
        assertThat(call("POST", LEASES, "{}", DaemonLoggingAll.READER_TOKEN)).isEqualTo(403);
        send("GET", "/v1/status?access_token=" + URLEncoder.encode(token, StandardCharsets.UTF_8), "");
    }

    private void everythingElse() throws Exception {
        for (String path : List.of(
                LEASES,
                "/v1/status",
                "/q/metrics",
                "/q/health",
                "/q/health/live",
                "/q/health/ready",
                "/q/health/well",
                "/q/openapi",
                "/q/openapi?format=json")) {
            call("GET", path, "", DaemonLoggingAll.TOKEN);
        }
    }

    private void ends() throws Exception {
        exchange.fail(API_KEY, echo(400, -1125, API_KEY, LISTEN_KEY));
        assertThat(call("DELETE", LEASES + "/desk1?holder=other", "", DaemonLoggingAll.TOKEN))
                .isEqualTo(204);
        assertThat(call("DELETE", LEASES + "/desk1?close=true", "", DaemonLoggingAll.TOKEN))
                .isEqualTo(204);
        exchange.fail(NEW_KEY, echo(401, -2015, NEW_KEY, LISTEN_KEY));
        call("DELETE", LEASES + "/desk3?close=true", "", DaemonLoggingAll.TOKEN);
        exchange.heal();
        for (String account : List.of("main", "second")) {
            call("DELETE", LEASES + "/" + account, "", DaemonLoggingAll.TOKEN);
        }
    }

    /** Learns the listen keys as a consumer does; they are secrets from now on. */
    private void know(String... accounts) throws Exception {
        for (String account : accounts) {
            HttpResponse<String> answer = answer(
                    "GET", LEASES + "/" + account + "/key", "", "Authorization", "Bearer " + DaemonLoggingAll.TOKEN);
            assertThat(answer.body()).as(account).contains("\"listenKey\":\"");
            secrets.add(
                    account + "'s listen key",
                    answer.body().split("\"listenKey\":\"", 2)[1].split("\"", 2)[0]);
            look("the headers of /key", answer.headers().map().toString());
        }
    }

    private int register(String account, String... namesAndValues) throws Exception {
        StringBuilder body = new StringBuilder("{\"account\":\"" + account + "\"");
        for (int i = 0; i < namesAndValues.length; i += 2) {
            body.append(",\"" + namesAndValues[i] + "\":\"" + namesAndValues[i + 1] + "\"");
        }
        return call("POST", LEASES, body + "}", DaemonLoggingAll.TOKEN);
    }

    private int call(String method, String path, String body, String token, String... headers) throws Exception {
        List<String> all = new ArrayList<>(List.of("Authorization", "Bearer " + token));
        all.addAll(List.of(headers));
        return send(method, path, body, all.toArray(String[]::new));
    }

    private int send(String method, String path, String body, String... headers) throws Exception {
        HttpResponse<String> answer = answer(method, path, body, headers);
        look(method + " " + path, answer.statusCode() + " " + answer.headers().map() + "\n" + answer.body());
        return answer.statusCode();
    }

    private HttpResponse<String> answer(String method, String path, String body, String... headers) throws Exception {
        calls++;
        HttpRequest.Builder request = HttpRequest.newBuilder(url.resolve(path))
                .timeout(Duration.ofSeconds(30))
                .header("Content-Type", "application/json")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            // The daemon closes a connection whose body it refused, maybe just when it is used again; the next one is
            // new.
            return http.send(request.build(), BodyHandlers.ofString());
        }
    }

    /** A failure whose message repeats what it was sent. */
    private static Reply echo(int status, int code, String apiKey, String listenKey) {
        return new Reply(
                status,
                "{\"code\":" + code + ",\"msg\":\"no " + apiKey + " (" + listenKey + ")\",\"" + apiKey + "\":0}",
                Map.of("X-Echo", apiKey.replaceAll("[^!-~]", "_")));
    }

    private void look(String what, String text) {
        secrets.in(text).forEach(leak -> found.add(what + ": " + leak));
    }
}
