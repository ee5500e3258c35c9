package dev.listenkeyd.http;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import dev.listenkeyd.http.ApiDocument.Operation;
import dev.listenkeyd.http.RawCall.Answer;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The calls that are there in the sandbox only, under the rules of {@link ApiFuzzTest}. */
@QuarkusTest
@TestProfile(SandboxFuzzTest.Sandbox.class)
@NullUnmarked
class SandboxFuzzTest {
    private static final int CALLS = 800;
    private static final List<Operation> OPERATIONS = List.of(
            new Operation("POST", "/sandbox/faults"),
            new Operation("POST", "/sandbox/faults"),
            new Operation("GET", "/sandbox/faults"),
            new Operation("DELETE", "/sandbox/faults"),
            new Operation("POST", "/sandbox/eapi/v1/listenKey"),
            new Operation("PUT", "/sandbox/eapi/v1/listenKey"),
            new Operation("DELETE", "/sandbox/eapi/v1/listenKey"),
            new Operation("GET", "/sandbox/eapi/v1/exchangeInfo"),
            new Operation("GET", "/sandbox/{account}"));

    /** The same calls in every build; another number tries others. */
    private final long seed = Long.getLong("listenkeyd.seed", 1);

    /** The daemon calls itself, so its port must be known before it starts. */
    public static final class Sandbox implements QuarkusTestProfile {
        @Override
        public List<TestResourceEntry> testResources() {
            return List.of(new TestResourceEntry(KnownPort.class));
        }

        @Override
        public boolean disableGlobalTestResources() {
            return true;
        }
    }

    /** A port that was free a moment ago. */
    public static final class KnownPort implements QuarkusTestResourceLifecycleManager {
        @Override
        public Map<String, String> start() {
            try (ServerSocket free = new ServerSocket(0)) {
                String port = Integer.toString(free.getLocalPort());
                return Map.of("listenkeyd.sandbox", "true", "quarkus.http.port", port, "quarkus.http.test-port", port);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void stop() {
            // Nothing is held.
        }
    }

    @Test
    void noCallBreaksARule() throws IOException {
        System.out.println("SandboxFuzzTest: -Dlistenkeyd.seed=" + seed);
        FuzzInput input = new FuzzInput(seed);
        // Faults of the stand-in look like faults of the exchange, by intent.
        FuzzRules rules = FuzzRules.withAnExchange(ApiDocument.read());
        try (ErrorRecording log = new ErrorRecording()) {
            for (int i = 0; i < CALLS; i++) {
                Operation operation = input.one(OPERATIONS);
                rules.judge(input.call(operation.method(), operation.path(), List.of("kind", "for")));
            }
            assertThat(log.errors).as("seed %s", seed).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"kind\":[1]}",
                "{\"kind\":{}}",
                "[{}]",
                "[]",
                "1",
                "\"x\"",
                "{",
                "\u0000\u0000\u0000{\u0000\u0000",
                "{\"kind\":null}",
                "{\"kind\":\"slow\",\"for\":null}",
                "{\"kind\":\"slow\",\"for\":\"\"}",
                "{\"kind\":\"slow\",\"for\":\"-1s\"}",
                "{\"kind\":\"slow\",\"for\":\"2h\"}",
                "{\"kind\":\"slow\",\"for\":\"9223372036854775807d\"}",
                "{\"kind\":\"slow\",\"for\":\"99999999999999999999h\"}",
                "{\"kind\":\"slow\",\"for\":\"PT1X\"}",
                "{\"kind\":\"slow\",\"for\":\"done\"}",
                "{\"kind\":\"close-key\",\"for\":\"done\"}",
                "{\"kind\":\"slow\",\"length\":\"20s\"}",
            })
    void aWrongFaultIsRefused(String body) throws IOException {
        Answer answer = RawCall.of(
                "POST /sandbox/faults HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
                        + "Content-Length: " + body.length() + "\r\n\r\n" + body);

        assertThat(answer.status()).as(answer.toString()).isEqualTo(400);
        assertThat(answer.header("content-type")).isEqualTo("application/problem+json");
    }

    @Test
    void severalFaultsAreInForceUntilTheyAreEnded() {
        given().delete("/sandbox/faults").then().statusCode(204);
        start("{\"kind\":\"unavailable\",\"for\":\"20m\"}")
                .body("kind", equalTo("unavailable"))
                .body("account", nullValue())
                .body("until", notNullValue());
        start("{\"kind\":\"refused\",\"for\":\"10m\",\"account\":\"demo\"}").body("account", equalTo("demo"));
        start("{\"kind\":\"rotate-key\",\"account\":\"demo\"}").body("until", nullValue());

        given().get("/sandbox/faults")
                .then()
                .statusCode(200)
                .body("items.kind", contains("unavailable", "refused"))
                .body("items.account", contains(null, "demo"));
        given().delete("/sandbox/faults").then().statusCode(204);
        given().get("/sandbox/faults").then().body("items", empty());
    }

    private static ValidatableResponse start(String fault) {
        return given().contentType(ContentType.JSON)
                .body(fault)
                .post("/sandbox/faults")
                .then()
                .statusCode(200);
    }
}
