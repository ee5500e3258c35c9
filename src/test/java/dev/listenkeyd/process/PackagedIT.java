package dev.listenkeyd.process;

import static dev.listenkeyd.process.DaemonProcess.SOON;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.notNullValue;

import dev.listenkeyd.files.TrustedFile;
import dev.listenkeyd.process.PackagedIT.Sandbox;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusIntegrationTest;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * Every kind of call and answer once, against what was packaged, be it for the JVM or a native binary: what was left out
 * of that shows here. It is also what the AOT cache of the JVM package is trained by.
 */
@QuarkusIntegrationTest
@WithTestResource(Sandbox.class)
class PackagedIT {
    private static final String OPERATOR = "operator-operator-operator";
    private static final String READER = "reader-reader-reader";
    private static final String PERSON = "person-person-person";

    @Test
    void everyKindOfCallIsServed() {
        await().atMost(SOON).untilAsserted(() -> read("/v1/listen-keys/demo").body("status", equalTo("ACTIVE")));
        operator()
                .body("{\"account\":\"desk\",\"apiKey\":\"any-api-key\",\"holder\":\"bot-1\"}")
                .post("/v1/listen-keys")
                .then()
                .statusCode(201)
                .body("generation", equalTo(1));
        read("/v1/listen-keys").body("items.account", hasItems("demo", "desk"));
        operator().post("/v1/listen-keys/desk/renew").then().statusCode(200).body("failures", equalTo(0));
        operator()
                .body("{\"kind\":\"rotate-key\",\"account\":\"desk\"}")
                .post("/sandbox/faults")
                .then()
                .statusCode(200);
        operator().post("/v1/listen-keys/desk/renew").then().statusCode(200).body("generation", equalTo(2));
        read("/v1/listen-keys/desk/losses").body("items.cause", hasItems("CLOSED_ELSEWHERE"));
        operator().get("/v1/listen-keys/desk/key").then().statusCode(200).body("listenKey", notNullValue());
        operator().delete("/v1/listen-keys/desk?holder=bot-1&close=true").then().statusCode(204);
        read("/v1/status")
                .body("version", matchesPattern("\\d+\\.\\d+\\.\\d+.*"))
                .body("gate.open", equalTo(true));
        read("/v1/audit").body("intact", equalTo(true)).body("items.action", hasItems("start", "register", "reveal"));
    }

    @Test
    void everyKindOfRefusalIsAProblem() {
        given().get("/v1/status").then().statusCode(401).body("code", equalTo("unauthorized"));
        as(READER)
                .get("/v1/listen-keys/demo/key")
                .then()
                .statusCode(403)
                .body("detail", containsString("needs the scope reveal"));
        as(READER).body("{}").post("/sandbox/faults").then().statusCode(403);
        operator()
                .body("{\"account\":1,\"x\":2}")
                .post("/v1/listen-keys")
                .then()
                .statusCode(400);
        operator().body("{").post("/v1/listen-keys").then().statusCode(400).body("code", equalTo("invalid-request"));
        operator().get("/v1/listen-keys/nobody").then().statusCode(404).body("code", equalTo("not-found"));
        operator()
                .body("{\"account\":\"desk\",\"onLoss\":\"report\"}")
                .post("/v1/listen-keys")
                .then()
                .statusCode(422)
                .body("code", equalTo("account-unknown"));
    }

    @Test
    void thePageIsServed() {
        given().get("/ui/").then().statusCode(200).body(containsString("<script type=\"module\" src=\"main.js\">"));
        given().get("/ui/main.js").then().statusCode(200).body(containsString("import "));
        given().get("/ui/style.css").then().statusCode(200);
        as(READER).get("/v1/whoami").then().statusCode(200).body("client", equalTo("reader"));
    }

    @Test
    void itShowsHowItIs() {
        await().atMost(SOON)
                .untilAsserted(() -> given().get("/q/health/well").then().statusCode(200));
        given().get("/q/health/live").then().statusCode(200);
        given().get("/q/health/ready").then().statusCode(200);
        given().get("/q/openapi?format=json").then().statusCode(200).body("info.title", equalTo("listenkeyd"));
        String metrics = given().accept(ContentType.TEXT).get("/q/metrics").asString();
        assertThat(metrics)
                .containsPattern(
                        "listenkeyd_build_info\\{image=\"(jvm|native)\",java=\"[^\"]+\",version=\"[^\"]+\",} 1.0")
                .contains(
                        "process_start_time_seconds ",
                        "listenkey_leases{",
                        "listenkey_lateness_seconds_bucket{",
                        "jvm_memory_used_bytes{");
    }

    @Test
    void whatAnAgentAndItsPersonAskIsServed() {
        await().atMost(SOON).untilAsserted(() -> read("/v1/listen-keys/demo").body("status", equalTo("ACTIVE")));
        read("/v1/listen-keys/demo/explain").body("next.kind", notNullValue()).body("text", containsString("demo"));
        as(READER)
                .body("{\"outageMinutes\":2}")
                .post("/v1/what-if")
                .then()
                .statusCode(200)
                .body("lost.account", hasItems("demo"));
        String session = mcp("", "initialize", """
                {"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}""").header("Mcp-Session-Id");
        mcp(session, "tools/list", "{}")
                .then()
                .statusCode(200)
                .body("result.tools.name", hasItems("BinanceOptionsRenewListenKey"))
                .body("result.tools.outputSchema.type", hasItems("object"));
        call(session, "RenewListenKey", "{}").body("lease.account", equalTo("demo"));
        call(session, "ListenKeyStatus", "{}").body("leases.account", hasItems("demo"));
        call(session, "ListenKeyExplain", "{\"account\":\"demo\"}").body("account", equalTo("demo"));
        call(session, "ListenKeyWhatIf", "{\"outageMinutes\":2}").body("lost.account", hasItems("demo"));

        CompletableFuture<ValidatableResponse> asked =
                CompletableFuture.supplyAsync(() -> call(session, "CreateListenKey", "{}"));
        await().atMost(SOON)
                .untilAsserted(() -> as(PERSON)
                        .get("/v1/approvals")
                        .then()
                        .body("items.tool", hasItems("BinanceOptionsCreateListenKey")));
        String id = as(PERSON).get("/v1/approvals").path("items[0].id");
        as(PERSON)
                .body("{\"decision\":\"approve\"}")
                .post("/v1/approvals/" + id)
                .then()
                .statusCode(204);
        asked.join().body("lease.holders", hasItems("operator"));
    }

    private static Response mcp(String session, String method, String params) {
        RequestSpecification call = operator().accept("application/json, text/event-stream");
        return (session.isEmpty() ? call : call.header("Mcp-Session-Id", session))
                .body("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}".formatted(method, params))
                .post("/mcp");
    }

    /** The structured content of what came of it. */
    private static ValidatableResponse call(String session, String tool, String arguments) {
        Response answer = mcp(
                session, "tools/call", "{\"name\":\"BinanceOptions%s\",\"arguments\":%s}".formatted(tool, arguments));
        return answer.then()
                .statusCode(200)
                .body("result.isError", equalTo(false))
                .rootPath("result.structuredContent");
    }

    private static ValidatableResponse read(String path) {
        return as(READER).get(path).then().statusCode(200);
    }

    private static RequestSpecification operator() {
        return as(OPERATOR);
    }

    private static RequestSpecification as(String token) {
        return given().contentType(ContentType.JSON).auth().preemptive().oauth2(token);
    }

    /** The stand-in for the exchange, and three clients. A resource, since with a profile no AOT cache is trained. */
    public static final class Sandbox implements QuarkusTestResourceLifecycleManager {
        @Override
        public Map<String, String> start() {
            // The sandbox calls itself: it must know its port before it listens.
            String port = Integer.toString(DaemonProcess.freePort());
            return Map.ofEntries(
                    Map.entry("listenkeyd.sandbox", "true"),
                    Map.entry("listenkeyd.clients.operator.token", OPERATOR),
                    Map.entry("listenkeyd.clients.operator.scopes", "read,write,reveal"),
                    Map.entry("listenkeyd.clients.operator.policy-file", TrustedFile.shippedPolicy("operator.json")),
                    Map.entry("listenkeyd.clients.reader.token", READER),
                    Map.entry("listenkeyd.clients.reader.scopes", "read"),
                    Map.entry("listenkeyd.clients.person.token", PERSON),
                    Map.entry("listenkeyd.clients.person.scopes", "approve"),
                    Map.entry("quarkus.http.test-port", port));
        }

        @Override
        public void stop() {}
    }
}
