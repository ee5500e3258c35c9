package dev.listenkeyd.telemetry;

import static dev.listenkeyd.telemetry.DaemonLoggingAll.READER_TOKEN;
import static dev.listenkeyd.telemetry.DaemonLoggingAll.TOKEN;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.exchange.StandInExchange;
import dev.listenkeyd.exchange.StandInResource;
import dev.listenkeyd.notify.webhook.WebhookReceiver;
import dev.listenkeyd.sandbox.Reply;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.smallrye.faulttolerance.api.CircuitBreakerMaintenance;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Sends secrets every way that one could take, while every logger logs all that it can. No answer and no line of the log may
 * show one, but for the call that reveals the listen key.
 */
@QuarkusTest
@TestProfile(DaemonLoggingAll.class)
@TestMethodOrder(OrderAnnotation.class)
@NullUnmarked
class SecretsStayInTest {
    static final String LEASES = "/v1/listen-keys";

    private static final String API_KEY =
            "xQ7" + StandInResource.API_KEY_MARK + "vB2nM8kL4jH6gF3dS9aP1oI5uY0tR7eW2qZ6xC4bN8m";
    private static final String SECOND_KEY = "k/Y+" + StandInResource.API_KEY_MARK + ".short";
    private static final String NEW_KEY =
            "zA1" + StandInResource.API_KEY_MARK + "rotated0pL9oK8iJ7uH6yG5tF4rD3eS2wA1qZ";
    private static final String LISTEN_KEY =
            "Lk9" + StandInExchange.LISTEN_KEY_MARK + "hG5fD3sA1qW2eR4tY6uI8oP0zX9cV7bN5mK3jL1";
    private static final String WRONG_TOKEN = "wRoNgToKeN.3eDc4~Rf5+Vt6/Gb7==";

    /** The secrets of all tests: they share one log. */
    private static final SecretSearch SECRETS = new SecretSearch();

    @TestHTTPResource
    URI url;

    @Inject
    CircuitBreakerMaintenance breakers;

    private StandInExchange exchange;
    private WebhookReceiver receiver;
    private SearchingClient api;

    @BeforeEach
    void registerFourLeases() throws Exception {
        for (String secret : List.of(
                API_KEY,
                SECOND_KEY,
                NEW_KEY,
                LISTEN_KEY,
                WRONG_TOKEN,
                StandInResource.MAIN_API_KEY,
                StandInResource.SECOND_API_KEY,
                TOKEN,
                READER_TOKEN,
                WebhookReceiver.SECRET,
                StandInResource.WEBHOOK_PASSWORD,
                DaemonLoggingAll.SECRETS_KEY)) {
            SECRETS.add(secret.substring(0, 3), secret);
        }
        breakers.resetAll();
        api = new SearchingClient(url, SECRETS);
        provide("desk1", "apiKey", API_KEY);
        provide("desk2", "apiKey", SECOND_KEY);
        provide("main");
        provide("second", "listenKey", exchange.activeKey(StandInResource.SECOND_API_KEY));
    }

    /** Registers a lease unless it exists: each registration costs request weight. */
    private void provide(String account, String... namesAndValues) throws Exception {
        if (api.get(LEASES + "/" + account) == 404) {
            assertThat(register(account, namesAndValues)).isEqualTo(201);
            api.learnListenKey(account);
        }
    }

    @AfterEach
    void noAnswerHoldsASecret() {
        exchange.heal();
        assertThat(api.found()).isEmpty();
    }

    @AfterAll
    static void noLineOfTheLogHoldsASecret() throws IOException {
        String log =
                Files.readString(Path.of(ConfigProvider.getConfig().getValue(DaemonLoggingAll.LOG_FILE, String.class)));
        assertThat(log)
                .as("all that logs logs everything")
                .contains(
                        "TRACE [io.quarkus",
                        "TRACE [org.jboss.resteasy",
                        "DEBUG [listenkeyd",
                        "[io.quarkus.http.access-log]")
                .as("but for those that may not")
                .doesNotContainPattern("(TRACE|DEBUG) +\\[io\\.(vertx|netty|smallrye\\.config)");
        assertThat(SECRETS.in(log)).isEmpty();
    }

    // --- what callers send

    @Test
    void aWebhookIsCalledAndRefuses() throws Exception {
        assertThat(api.send("POST", "/v1/webhooks/pager/test", "")).isEqualTo(200);
        receiver.status = 500;
        assertThat(api.send("POST", "/v1/webhooks/pager/test", "")).isEqualTo(503);
        receiver.status = 204;
        assertThat(api.send("POST", "/v1/webhooks/" + StandInResource.WEBHOOK_PASSWORD + "/test", ""))
                .isEqualTo(404);
    }

    @Test
    void registrationsThatAreRefusedOrWait() throws Exception {
        assertThat(register("desk1", "apiKey", API_KEY, "holder", "other")).isEqualTo(200);
        assertThat(api.send("DELETE", LEASES + "/desk1?holder=other", "")).isEqualTo(204);
        String[] adopting = {"apiKey", NEW_KEY, "listenKey", LISTEN_KEY, "onLoss", "report"};
        assertThat(register("desk3", adopting)).isEqualTo(422);
        exchange.activeKey(NEW_KEY);
        assertThat(register("desk3", adopting)).isEqualTo(409);
        exchange.fail(NEW_KEY, echo(401, -2015, NEW_KEY));
        assertThat(register("desk3", "apiKey", NEW_KEY)).isEqualTo(422);
        assertThat(register("desk1", "apiKey", NEW_KEY)).isNotEqualTo(201);
        exchange.fail(NEW_KEY, echo(503, -1001, NEW_KEY));
        assertThat(register("desk3", "apiKey", NEW_KEY, "listenKey", LISTEN_KEY))
                .isEqualTo(202);
        exchange.heal();
        assertThat(register("desk3", "apiKey", NEW_KEY)).isIn(200, 201);
        api.learnListenKey("desk3");
        exchange.fail(NEW_KEY, echo(401, -2015, NEW_KEY));
        api.send("DELETE", LEASES + "/desk3?close=true", "");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'account':'KEY'}",
                "{'account':'desk9','KEY':1}",
                "{'account':'desk9','apiKey':['KEY']}",
                "{'account':'desk9','apiKey':{'KEY':1}}",
                "{'account':'desk9','apiKey':'KEY '}",
                "{'account':'desk9','apiKey':'KEYKEYKEYKEYKEYKEYKEYKEYKEYKEYKEYKEYKEYKEYKEYKEYKEYKEYKEYKEY'}",
                "{'account':'desk9','listenKey':'KEY\\n'}",
                "{'account':'desk9','onLoss':'KEY'}",
                "{'account':'desk9','holder':'KEYKEYKEYKEY'}",
                "{'account':'desk9','apiKey':'KEY','apiKey':'KEY'}",
                "{'account':'main','apiKey':'KEY'}",
                "{'account':'desk9','apiKey':KEY}",
                "{'account':'desk9','apiKey':'KEY",
                "KEY",
                "'KEY'",
                "['KEY']",
            })
    void aKeyInTheWrongPlaceOfABody(String template) throws Exception {
        for (String key : List.of(API_KEY, SECOND_KEY, LISTEN_KEY)) {
            String body = template.replace('\'', '"').replace("KEY", key);
            assertThat(api.send("POST", LEASES, body)).as(body).isIn(400, 413, 422);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {20_000, 100_000})
    void aBodyThatIsTooLarge(int size) throws Exception {
        assertThat(api.send("POST", LEASES, API_KEY.repeat(size / API_KEY.length())))
                .isIn(400, 413, 422);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/listen-keys/KEY",
                "/v1/listen-keys/KEY/key",
                "/v1/listen-keys/KEY/renew",
                "/v1/listen-keys/desk1?holder=KEY",
                "/v1/listen-keys/desk1?holder=x&close=KEY",
                "/v1/listen-keys?status=KEY",
                "/v1/listen-keys?limit=KEY",
                "/v1/listen-keys?after=KEY",
                "/v1/listen-keys?KEY",
                "/v1/KEY",
                "/KEY/x?KEY=KEY",
                "/v1/status?token=KEY",
                "/q/KEY",
                "/q/health/KEY",
            })
    void aKeyInAnAddress(String template) throws Exception {
        for (String key : List.of(API_KEY, SECOND_KEY, LISTEN_KEY)) {
            String path = template.replace("KEY", URLEncoder.encode(key, UTF_8));
            for (String method : List.of("GET", "POST", "DELETE", "PATCH")) {
                api.send(method, path, method.equals("PATCH") ? key : "");
            }
            api.sendAs(READER_TOKEN, "GET", path, "");
        }
    }

    @Test
    void aKeyInAHeader() throws Exception {
        for (String key : List.of(API_KEY, SECOND_KEY, LISTEN_KEY)) {
            String name = key.replace('/', 'x');
            api.send("GET", "/v1/status", "", "X-MBX-APIKEY", key, "Cookie", "k=" + key, name, key);
            api.send("POST", LEASES, key, "Content-Type", "text/" + name.replace('+', 'x'));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Bearer " + WRONG_TOKEN,
                "Bearer " + TOKEN + "x",
                "bearer  " + TOKEN + " x",
                "Basic",
                "Token " + TOKEN,
                TOKEN
            })
    void aWrongToken(String header) throws Exception {
        String encoded = Base64.getEncoder().encodeToString(("bot:" + TOKEN).getBytes(UTF_8));
        List<String> headers = List.of("Authorization", header.replace("Basic", "Basic " + encoded));

        assertThat(api.sendWith(headers, "GET", "/v1/status", "")).isEqualTo(401);
        api.sendWith(List.of(), "GET", "/v1/status?access_token=" + URLEncoder.encode(TOKEN, UTF_8), "");
    }

    @Test
    void aTokenWithoutTheScope() throws Exception {
        assertThat(api.sendAs(READER_TOKEN, "GET", LEASES + "/desk1/key", "")).isEqualTo(403);
        assertThat(api.sendAs(READER_TOKEN, "POST", LEASES, "{}")).isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                LEASES,
                "/v1/status",
                "/q/metrics",
                "/q/health",
                "/q/health/live",
                "/q/health/ready",
                "/q/health/well",
                "/q/openapi",
                "/q/openapi?format=json"
            })
    void aPageWithoutParameters(String path) throws Exception {
        assertThat(api.get(path)).isIn(200, 503);
    }

    // --- what the exchange replies

    /** KEY stands for the API key, LISTEN for the listen key. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    302 |                            | Location: http://127.0.0.1:9/eapi/v1/listenKey?key=KEY
                    200 | {"listenKey":["LISTEN"],"KEY":1} |
                    200 | <html>LISTENKEY            | Content-Type: text/html; x=KEY
                    200 | {}                         | Content-Type: KEY
                    200 | {}                         | Retry-After: LISTEN
                    500 | LISTEN                     | X-MBX-USED-WEIGHT-1M: KEY
                    500 | LISTEN                     | Set-Cookie: LISTEN
                    500 | LISTEN                     | LISTEN: KEY
                    503 |                            |
                    """)
    void aReplyWithAKeyInTheWrongPlace(int status, String body, String header) throws Exception {
        String key = exchange.peek(API_KEY);
        String[] parts = keys(header, key).split(": ", 2);
        Map<String, String> headers = parts.length == 2 ? Map.of(parts[0], parts[1]) : Map.of();

        renewAfter(new Reply(status, keys(body, key), headers));
    }

    private static String keys(String template, String listenKey) {
        return template == null ? "" : template.replace("KEY", API_KEY).replace("LISTEN", listenKey);
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 404, 408, 409, 410, 451, 500, 503})
    void anErrorThatRepeatsKeys(int status) throws Exception {
        String key = exchange.peek(API_KEY);
        for (int code : new int[] {-1000, -1102, -2015, -1008}) {
            renewAfter(echo(status, code, API_KEY + "\\u001b\\n" + key + " " + key.toLowerCase(Locale.ROOT)));
        }
        renewAfter(Reply.DROPPED);
    }

    private void renewAfter(Reply reply) throws Exception {
        breakers.resetAll();
        exchange.fail(API_KEY, reply);
        api.send("POST", LEASES + "/desk1/renew", "");
        api.get(LEASES + "/desk1");
        api.get("/q/health/well");
    }

    @Test
    void rotationsLossesAndEnds() throws Exception {
        exchange.rotateKey(API_KEY);
        exchange.closeKey(SECOND_KEY);
        // The first call finds that the key is gone, the second has another one made.
        for (String account : List.of("desk1", "desk2", "desk1", "desk2")) {
            breakers.resetAll();
            api.send("POST", LEASES + "/" + account + "/renew", "");
        }
        api.learnListenKey("desk1");
        api.learnListenKey("desk2");
        exchange.fail(API_KEY, echo(400, -1125, API_KEY));
        assertThat(api.send("DELETE", LEASES + "/desk1?close=true", "")).isEqualTo(204);
    }

    /** Comes last: no call leaves any more. */
    @Test
    @Order(Integer.MAX_VALUE)
    void repliesThatSilenceTheWholeIp() throws Exception {
        String ban =
                SECOND_KEY + " banned until " + Instant.now().plusSeconds(1).toEpochMilli();
        for (Reply reply : List.of(
                new Reply(429, "{\"code\":-1003,\"msg\":\"" + SECOND_KEY + "\"}", Map.of("Retry-After", "0")),
                new Reply(418, "{\"code\":-1003,\"msg\":\"" + ban + "\"}", Map.of()),
                new Reply(403, "<html>" + SECOND_KEY, Map.of("Retry-After", SECOND_KEY)))) {
            exchange.fail(SECOND_KEY, reply);
            api.send("POST", LEASES + "/desk2/renew", "");
            api.get(LEASES + "/desk2");
            for (String path : List.of(LEASES, "/v1/status", "/q/metrics", "/q/health/well")) {
                api.get(path);
            }
        }
    }

    private int register(String account, String... namesAndValues) throws Exception {
        StringBuilder body = new StringBuilder("{\"account\":\"" + account + "\"");
        for (int i = 0; i < namesAndValues.length; i += 2) {
            body.append(",\"" + namesAndValues[i] + "\":\"" + namesAndValues[i + 1] + "\"");
        }
        return api.send("POST", LEASES, body + "}");
    }

    /** A failure whose message repeats the keys that were sent. */
    private static Reply echo(int status, int code, String keys) {
        return new Reply(
                status,
                "{\"code\":" + code + ",\"msg\":\"no " + keys + " (" + LISTEN_KEY + ")\",\"" + keys + "\":0}",
                Map.of("X-Echo", keys.replaceAll("[^!-~]", "_")));
    }
}
