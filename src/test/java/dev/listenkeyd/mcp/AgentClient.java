package dev.listenkeyd.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.http.ApiClient;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/** The agent's side of MCP over HTTP; finds secrets in any answer. */
final class AgentClient {
    /** The JSON-RPC id of every request but the first. */
    static final int REQUEST = 7;

    static final String INITIALIZE = JsonObject.of(
                    "jsonrpc",
                    "2.0",
                    "id",
                    1,
                    "method",
                    "initialize",
                    "params",
                    JsonObject.of(
                            "protocolVersion",
                            "2025-06-18",
                            "capabilities",
                            new JsonObject(),
                            "clientInfo",
                            JsonObject.of("name", "test", "version", "1")))
            .encode();

    private final String token;
    private String session = "";

    private AgentClient(String token) {
        this.token = token;
    }

    static AgentClient begin(String token) {
        AgentClient client = new AgentClient(token);
        Response answer = client.send(INITIALIZE);
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        client.session = answer.header("Mcp-Session-Id");
        assertThat(client.notify("notifications/initialized").statusCode()).isEqualTo(202);
        return client;
    }

    /** Calls of the HTTP API by this client. */
    static RequestSpecification api(String token) {
        return ApiClient.given().header("Authorization", "Bearer " + token);
    }

    /** Makes the client a holder of the account main. */
    static Response registerMain(String token) {
        return api(token)
                .contentType("application/json")
                .body("{\"account\":\"main\"}")
                .post("/v1/listen-keys");
    }

    /** Another client's calls in this session. */
    AgentClient as(String otherToken) {
        AgentClient other = new AgentClient(otherToken);
        other.session = session;
        return other;
    }

    String session() {
        return session;
    }

    Response notify(String method) {
        return notify(method, new JsonObject());
    }

    Response notify(String method, JsonObject params) {
        return send(JsonObject.of("jsonrpc", "2.0", "method", method, "params", params)
                .encode());
    }

    Response request(String method, JsonObject params) {
        return send(JsonObject.of("jsonrpc", "2.0", "id", REQUEST, "method", method, "params", params)
                .encode());
    }

    JsonPath call(String tool, Map<String, Object> arguments) {
        Response answer = request("tools/call", JsonObject.of("name", tool, "arguments", new JsonObject(arguments)));
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        return answer.jsonPath();
    }

    Response send(String body) {
        return with().contentType("application/json").body(body).post("/mcp");
    }

    int ping() {
        return request("ping", new JsonObject()).statusCode();
    }

    Response end() {
        return with().delete("/mcp");
    }

    RequestSpecification with() {
        RequestSpecification call = api(token).header("Accept", "application/json, text/event-stream");
        return session.isEmpty() ? call : call.header("Mcp-Session-Id", session);
    }
}
