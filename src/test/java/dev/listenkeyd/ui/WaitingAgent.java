package dev.listenkeyd.ui;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.net.URI;
import java.util.concurrent.CompletableFuture;

/** An agent whose calls wait for a person. */
public final class WaitingAgent {
    private final URI daemon;
    private final String token;
    private final String session;

    public WaitingAgent(URI daemon, String token) {
        this.daemon = daemon;
        this.token = token;
        this.session = send(with(), 1, "initialize", """
                {"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}""").header("Mcp-Session-Id");
        with().header("Mcp-Session-Id", session)
                .body("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}")
                .post("/mcp");
    }

    /** The text of the result, once there is one. */
    public CompletableFuture<String> call(int id, String tool, String account) {
        String params = "{\"name\":\"%s\",\"arguments\":{\"account\":\"%s\"}}".formatted(tool, account);
        return CompletableFuture.supplyAsync(() -> {
            Response answer = send(with().header("Mcp-Session-Id", session), id, "tools/call", params);
            assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
            return answer.jsonPath().getString("result.content[0].text");
        });
    }

    private static Response send(RequestSpecification call, int id, String method, String params) {
        return call.body(
                        "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\",\"params\":%s}".formatted(id, method, params))
                .post("/mcp");
    }

    private RequestSpecification with() {
        return given().baseUri(daemon.toString())
                .contentType(ContentType.JSON)
                .accept("application/json, text/event-stream")
                .auth()
                .preemptive()
                .oauth2(token);
    }
}
