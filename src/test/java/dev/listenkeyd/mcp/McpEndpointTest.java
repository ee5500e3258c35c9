package dev.listenkeyd.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.http.ApiClient;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.mcp.calls.AgentSessions;
import dev.listenkeyd.mcp.calls.ToolNames;
import dev.listenkeyd.telemetry.LogRecording;
import io.quarkiverse.mcp.server.McpConnection;
import io.quarkiverse.mcp.server.runtime.ConnectionManager;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The endpoint for agents, over HTTP. */
@QuarkusTest
@TestProfile(DaemonWithAgents.class)
@NullUnmarked
class McpEndpointTest {
    private static final String RENEW = "BinanceOptionsRenewListenKey";

    /** The minute may change once while calls are made. */
    private static final int MORE_THAN_TWO_MINUTES_ALLOW = 121;

    @Inject
    ConnectionManager connections;

    private List<LogRecording> logs;

    @BeforeEach
    void register() {
        logs = Stream.of("io.quarkiverse.mcp", "io.quarkus", "io.vertx", "listenkeyd.mcp", "listenkeyd.http")
                .map(LogRecording::new)
                .toList();
        Response registered = AgentClient.registerMain(DaemonWithAgents.OTHER);
        assertThat(registered.statusCode()).isIn(200, 201);
    }

    @AfterEach
    void theLogHasNoWarning() {
        logs.forEach(LogRecording::close);
        assertThat(logs)
                .flatExtracting(log -> log.everything)
                .noneMatch(line -> line.startsWith("WARN") || line.startsWith("ERROR"));
    }

    @Test
    void toolsAreListedWithWhatAModelMustKnow() {
        AgentClient agent = AgentClient.begin(DaemonWithAgents.RENEWER);

        JsonPath tools = agent.request("tools/list", new JsonObject()).jsonPath();

        assertThat(tools.getList("result.tools.name", String.class)).containsExactlyInAnyOrderElementsOf(ToolNames.ALL);
        tools.setRootPath("result.tools.find { it.name == '" + RENEW + "' }");
        assertThat(tools.getMap("annotations"))
                .containsEntry("readOnlyHint", false)
                .containsEntry("destructiveHint", false)
                .containsEntry("idempotentHint", true);
        assertThat(tools.getString("description")).contains("Extend the validity of an options listen key");
        assertThat(tools.getMap("inputSchema.properties")).containsOnlyKeys("account", "listenKey");
        assertThat(tools.getBoolean("inputSchema.additionalProperties")).isFalse();
        assertThat(tools.getList("outputSchema.required", String.class)).containsExactlyInAnyOrder("renewed", "lease");
    }

    @Test
    void aHiddenToolIsNotListedAndIsDenied() {
        AgentClient agent = AgentClient.begin(DaemonWithAgents.BLIND);

        assertThat(agent.request("tools/list", new JsonObject()).jsonPath().getList("result.tools.name", String.class))
                .contains(ToolNames.STATUS)
                .doesNotContain(RENEW, ToolNames.UNKNOWN);
        assertThat(text(agent.call(RENEW, Map.of()))).startsWith("[POLICY DENIED] ");
    }

    /** Models like to name an argument that they leave out. */
    @Test
    void anArgumentThatIsNullIsNone() {
        Map<String, Object> arguments = new HashMap<>();
        arguments.put("account", null);
        arguments.put("listenKey", null);

        JsonPath answer = AgentClient.begin(DaemonWithAgents.OTHER).call(RENEW, arguments);

        assertThat(answer.getBoolean("result.isError")).as(answer.prettify()).isFalse();
        assertThat(answer.getString("result.structuredContent.lease.account")).isEqualTo("main");
        assertThat(answer.getBoolean("result.structuredContent.renewed"))
                .as("it was renewed a moment ago")
                .isFalse();
    }

    @Test
    void thePublishedPolicyLetsThroughSixtyRenewalsAMinute() {
        AgentClient agent = AgentClient.begin(DaemonWithAgents.RENEWER);
        int passed = 0;
        JsonPath answer = agent.call(RENEW, Map.of());
        while (!answer.getBoolean("result.isError") && passed < MORE_THAN_TWO_MINUTES_ALLOW) {
            passed++;
            answer = agent.call(RENEW, Map.of("account", "main"));
        }

        assertThat(passed).isBetween(60, MORE_THAN_TWO_MINUTES_ALLOW - 1);
        assertThat(text(answer))
                .matches("\\[POLICY DENIED] the limit of this client is used up: 60 per minute; come back at 20.*:00Z");
        boolean otherSession = AgentClient.begin(DaemonWithAgents.RENEWER)
                .call(RENEW, Map.of())
                .getBoolean("result.isError");
        Instant comeBackAt = Instant.parse(text(answer).replaceAll(".*come back at ", ""));
        assertThat(otherSession || !Instant.now().isBefore(comeBackAt))
                .as("another session of the same client")
                .isTrue();
        assertThat(AgentClient.begin(DaemonWithAgents.OTHER)
                        .call(RENEW, Map.of())
                        .getBoolean("result.isError"))
                .as("another client")
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        without-token-0123456789 | account | main     | [POLICY DENIED] this client has no policy, so it may call no tool
        reader-token-0123456789  | account | main     | [POLICY DENIED] this client lacks the scope write
        blind-token-0123456789   | account | main     | [POLICY DENIED] the policy does not allow this tool
        other-token-0123456789   | account | nobody   | account: no such lease (not-found)
        other-token-0123456789   | account | No Body  | account: is not valid (invalid-request)
        other-token-0123456789   | acount  | main     | only account and listenKey are understood (invalid-request)
        other-token-0123456789   | listenKey | nobodys | listenKey: no such lease (not-found)
        """)
    void aRefusalIsAResultThatAModelReads(String token, String name, String value, String text) {
        JsonPath answer = AgentClient.begin(token).call(RENEW, Map.of(name, value));

        assertThat(answer.getBoolean("result.isError")).isTrue();
        assertThat(text(answer)).isEqualTo(text);
    }

    @Test
    void everyCallIsRecordedWithItsRuleAndWithoutItsArguments() {
        AgentClient agent = AgentClient.begin(DaemonWithAgents.OTHER);
        agent.call(RENEW, Map.of("account", "main"));

        List<String> results = AgentClient.api(DaemonWithAgents.OTHER)
                .get("/v1/audit?limit=1000")
                .jsonPath()
                .getList("items.findAll { it.action == 'tool' && it.client == 'other' }.result", String.class);

        assertThat(results)
                .anyMatch(result -> result.equals(RENEW + " allow /tools/" + RENEW
                        + ": known; arguments account; session " + new Secret(agent.session()).fingerprint()));
    }

    @Test
    void aSessionBelongsToItsClient() {
        AgentClient agent = AgentClient.begin(DaemonWithAgents.RENEWER);

        assertThat(agent.as(DaemonWithAgents.OTHER).ping()).isEqualTo(404);
        assertThat(agent.as(DaemonWithAgents.OTHER).end().statusCode()).isEqualTo(404);
        assertThat(agent.ping()).isEqualTo(200);
        assertThat(agent.end().statusCode()).isEqualTo(200);
        assertThat(agent.ping()).isEqualTo(404);
    }

    @Test
    void aSessionTooManyEndsTheLongestIdleOne() {
        AgentClient first = AgentClient.begin(DaemonWithAgents.WITHOUT);
        AgentClient second = AgentClient.begin(DaemonWithAgents.WITHOUT);
        assertThat(first.ping()).isEqualTo(200);
        for (int i = 2; i < AgentSessions.MOST_PER_CLIENT + 1; i++) {
            AgentClient.begin(DaemonWithAgents.WITHOUT);
        }

        assertThat(second.ping()).isEqualTo(404);
        assertThat(first.ping()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]",
                "[1]",
                "{",
                "null",
                "7",
                "{}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}",
                "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"ping\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":[]}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"x\",\"arguments\":7}}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":7}}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\"}",
                "{\"jsonrpc\":\"2.0\",\"method\":\"tools/call\",\"params\":{\"name\":\"x\"}}",
                "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"ping\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":true,\"method\":\"ping\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":\"1\"}}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{}}"
            })
    void onlySingleValidMessagesAreTaken(String body) {
        Response answer = AgentClient.begin(DaemonWithAgents.OTHER).send(body);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.jsonPath().getInt("error.code")).isIn(-32600, -32602);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"protocolVersion\":7,\"clientInfo\":{\"name\":\"a\",\"version\":\"1\"}}",
                "{\"protocolVersion\":\"2025-06-18\"}",
                "{\"protocolVersion\":\"2025-06-18\",\"clientInfo\":[]}",
                "{\"protocolVersion\":\"2025-06-18\",\"clientInfo\":{\"name\":7,\"version\":\"1\"}}"
            })
    void aSessionThatBeginsWrongIsNone(String params) {
        int before = connections();

        Response answer = AgentClient.api(DaemonWithAgents.OTHER)
                .contentType("application/json")
                .body("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":" + params + "}")
                .post("/mcp");

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(connections()).isEqualTo(before);
    }

    /** The library adds a session before it looks at the header. */
    @Test
    void aVersionThatNobodyKnowsLeavesNoSessionBehind() {
        int before = connections();
        for (int i = 0; i < 2 * AgentSessions.MOST_PER_CLIENT; i++) {
            AgentClient.api(DaemonWithAgents.WITHOUT)
                    .header("Mcp-Protocol-Version", "bogus")
                    .contentType("application/json")
                    .body(AgentClient.INITIALIZE)
                    .post("/mcp");
        }

        assertThat(connections()).isLessThanOrEqualTo(before + AgentSessions.MOST_PER_CLIENT);
    }

    /** Of what the library keeps for each request, nothing can be made to stay. */
    @Test
    void metadataAndNotificationsThatAreNotServedGoNowhere() {
        AgentClient agent = AgentClient.begin(DaemonWithAgents.OTHER);

        JsonPath answer = agent.request(
                        "tools/call",
                        JsonObject.of("name", ToolNames.STATUS, "_meta", 7, "task", new JsonObject(), "x", 1))
                .jsonPath();
        assertThat(answer.getBoolean("result.isError")).as(answer.prettify()).isFalse();
        assertThat(agent.request("tools/list", JsonObject.of("cursor", "%%x%%")).statusCode())
                .isEqualTo(200);
        assertThat(agent.request("logging/setLevel", new JsonObject()).statusCode())
                .isEqualTo(200);
        for (String notification : List.of("notifications/cancelled", "notifications/progress", "notifications/x")) {
            assertThat(agent.notify(notification, JsonObject.of("requestId", "7", "reason", "x".repeat(1000)))
                            .statusCode())
                    .isEqualTo(202);
        }
        assertThat(agent.ping()).isEqualTo(200);
    }

    private int connections() {
        int count = 0;
        for (McpConnection unused : connections) {
            count++;
        }
        return count;
    }

    /** A 4xx would keep away clients of later versions, which ask for what they know first. */
    @ParameterizedTest
    @ValueSource(strings = {"q/close", "server/discover", "resources/list", "prompts/get"})
    void aMethodThatIsNotServedIsAnsweredWithItsId(String method) {
        Response answer = AgentClient.begin(DaemonWithAgents.OTHER).request(method, new JsonObject());

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.jsonPath().getInt("id")).isEqualTo(AgentClient.REQUEST);
        assertThat(answer.jsonPath().getInt("error.code")).isEqualTo(-32601);
    }

    @Test
    void streamsAndOtherDoorsAreClosed() {
        AgentClient agent = AgentClient.begin(DaemonWithAgents.OTHER);

        assertThat(agent.with().get("/mcp").statusCode()).isEqualTo(405);
        for (String path : List.of("/mcp/", "/mcp/sse", "/mcp/messages/x")) {
            assertThat(agent.with().get(path).statusCode()).as(path).isEqualTo(404);
        }
        assertThat(ApiClient.given().post("/mcp").statusCode()).isEqualTo(401);
    }

    private static String text(JsonPath answer) {
        return answer.getString("result.content[0].text");
    }
}
