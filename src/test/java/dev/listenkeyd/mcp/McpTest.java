package dev.listenkeyd.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.http.ApiClient;
import dev.listenkeyd.sandbox.StandInExchange;
import dev.listenkeyd.telemetry.LogRecording;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The endpoint for agents, over HTTP. */
@QuarkusTest
@TestProfile(Agents.class)
@NullUnmarked
class McpTest {
    private static final String RENEW = "BinanceOptionsRenewListenKey";

    StandInExchange exchange;
    private final LogRecording log = new LogRecording("");

    @BeforeEach
    void register() {
        ApiClient.given()
                .header("Authorization", "Bearer " + Agents.OTHER)
                .contentType("application/json")
                .body("{\"account\":\"main\"}")
                .post("/v1/listen-keys");
    }

    @AfterEach
    void nothingWasLoggedAsAnError() {
        log.close();
        System.out.println("LOG " + log.everything);
    }

    @Test
    void toolsAreListedWithWhatAModelMustKnow() {
        AgentClient agent = AgentClient.begin(Agents.RENEWER);

        Response tools = agent.request("tools/list", new JsonObject());

        System.out.println("LIST " + tools.asString());
        assertThat(tools.jsonPath().getList("result.tools.name", String.class)).contains(RENEW);
        assertThat(tools.jsonPath().getBoolean("result.tools[0].annotations.idempotentHint"))
                .isTrue();
        assertThat(tools.jsonPath().getBoolean("result.tools[0].inputSchema.additionalProperties"))
                .isFalse();
    }

    @Test
    void aKeyIsRenewedOrKnownToBeFreshAndTheSixtyFirstCallIsDenied() {
        AgentClient agent = AgentClient.begin(Agents.RENEWER);
        Map<String, Object> none = new HashMap<>();
        none.put("account", null);

        JsonPath first = agent.call(RENEW, none);
        System.out.println("RENEW " + first.prettify());
        assertThat(first.getBoolean("result.isError")).isFalse();
        assertThat(first.getString("result.structuredContent.lease.account")).isEqualTo("main");
        for (int i = 1; i < 60; i++) {
            agent.call(RENEW, Map.of("account", "main"));
        }
        JsonPath last = agent.call(RENEW, Map.of());
        System.out.println("DENIED " + last.prettify());
    }

    @Test
    void whoHasNoPolicyOrNotTheScopeIsDenied() {
        System.out.println("NOPOLICY "
                + AgentClient.begin(Agents.WITHOUT).call(RENEW, Map.of()).prettify());
        System.out.println("NOSCOPE "
                + AgentClient.begin(Agents.READER).call(RENEW, Map.of()).prettify());
        System.out.println("UNKNOWN "
                + AgentClient.begin(Agents.OTHER)
                        .call(RENEW, Map.of("account", "nobody"))
                        .prettify());
        System.out.println("UNKNOWNTOOL "
                + AgentClient.begin(Agents.OTHER).call("NoSuchTool", Map.of()).prettify());
    }

    @Test
    void aSessionBelongsToItsClient() {
        AgentClient agent = AgentClient.begin(Agents.RENEWER);

        assertThat(agent.as(Agents.OTHER).request("ping", new JsonObject()).statusCode())
                .isEqualTo(404);
        assertThat(agent.as(Agents.OTHER).end().statusCode()).isEqualTo(404);
        assertThat(agent.request("ping", new JsonObject()).statusCode()).isEqualTo(200);
        assertThat(agent.end().statusCode()).isEqualTo(200);
        assertThat(agent.request("ping", new JsonObject()).statusCode()).isEqualTo(404);
    }

    @Test
    void sessionsAreBounded() {
        AgentClient first = AgentClient.begin(Agents.WITHOUT);
        for (int i = 0; i < AgentSessions.MOST_PER_CLIENT; i++) {
            AgentClient.begin(Agents.WITHOUT);
        }

        assertThat(first.request("ping", new JsonObject()).statusCode()).isEqualTo(404);
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
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"q/close\"}"
            })
    void whatIsNoSingleSoundMessageIsRefused(String body) {
        AgentClient agent = AgentClient.begin(Agents.OTHER);

        Response answer = agent.send(body);

        System.out.println("REFUSED " + body + " " + answer.statusCode() + " " + answer.asString());
        assertThat(answer.statusCode()).isEqualTo(400);
    }

    @Test
    void streamsAndOtherDoorsAreClosed() {
        AgentClient agent = AgentClient.begin(Agents.OTHER);

        assertThat(agent.with().get("/mcp").statusCode()).isEqualTo(405);
        for (String path : List.of("/mcp/", "/mcp/sse", "/mcp/messages/x", "/MCP")) {
            assertThat(agent.with().get(path).statusCode()).as(path).isEqualTo(404);
        }
        assertThat(ApiClient.given().post("/mcp").statusCode()).isEqualTo(401);
        System.out.println("PROTO "
                + agent.with()
                        .header("Mcp-Protocol-Version", "1999")
                        .contentType("application/json")
                        .body("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}")
                        .post("/mcp")
                        .asString());
        System.out.println("TOOLNAME7 "
                + agent.request("tools/call", JsonObject.of("name", 7)).asString());
        System.out.println("NOPARAMS "
                + agent.send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\"}")
                        .asString());
    }
}
