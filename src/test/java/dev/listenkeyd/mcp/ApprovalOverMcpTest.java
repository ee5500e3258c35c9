package dev.listenkeyd.mcp;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.listenkeyd.approval.Approvals;
import dev.listenkeyd.approval.Approvals.DecisionResult;
import dev.listenkeyd.approval.WaitingCall;
import dev.listenkeyd.mcp.calls.AgentSessions;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.restassured.path.json.JsonPath;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Calls that wait for a person, over HTTP. */
@QuarkusTest
@TestProfile(DaemonWithAgents.class)
@NullUnmarked
class ApprovalOverMcpTest {
    private static final String RENEW = "BinanceOptionsRenewListenKey";

    @Inject
    Approvals approvals;

    @Inject
    MeterRegistry registry;

    @BeforeEach
    void register() {
        AgentClient.registerMain(DaemonWithAgents.OTHER);
    }

    @Test
    void anApprovedCallIsCarriedOut() {
        CompletableFuture<JsonPath> call = callLater(AgentClient.begin(DaemonWithAgents.CAREFUL));

        WaitingCall waiting = waiting();
        assertThat(waiting.request().client()).isEqualTo("careful");
        assertThat(waiting.request().arguments()).containsExactly("account");
        assertThat(approvals.decide(waiting.id(), "other", true, null)).isEqualTo(DecisionResult.DECIDED);

        assertThat(call.join().getBoolean("result.isError")).isFalse();
        assertThat(call.join().getString("result.structuredContent.lease.account"))
                .isEqualTo("main");
    }

    @Test
    void aRejectedCallIsNot() {
        CompletableFuture<JsonPath> call = callLater(AgentClient.begin(DaemonWithAgents.CAREFUL));

        approvals.decide(waiting().id(), "other", false, "not now");

        assertThat(call.join().getBoolean("result.isError")).isTrue();
        assertThat(text(call.join())).isEqualTo("[POLICY DENIED] a person has rejected this call: not now");
    }

    @Test
    void aCallWithoutADecisionEnds() {
        CompletableFuture<JsonPath> call = callLater(AgentClient.begin(DaemonWithAgents.CAREFUL));
        WaitingCall waiting = waiting();
        // As when their time is over, and as at the end of the daemon.
        approvals.close();

        assertThat(text(call.join()))
                .isEqualTo(
                        "[APPROVAL REQUIRED] a person decides; nobody decided in time, so nothing was done; ask your user whether to call again");
        assertThat(approvals.decide(waiting.id(), "other", true, null)).isEqualTo(DecisionResult.UNKNOWN);
    }

    @Test
    void aCallIsNotMadeAfterItsAgentHungUp() throws IOException {
        AgentClient agent = AgentClient.begin(DaemonWithAgents.CAREFUL);
        double withdrawn = outcomes("withdrawn");
        String body =
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"" + RENEW + "\"}}";
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), RestAssured.port)) {
            String head = String.join(
                    "\r\n",
                    "POST /mcp HTTP/1.1",
                    "Host: localhost",
                    "Authorization: Bearer " + DaemonWithAgents.CAREFUL,
                    "Content-Type: application/json",
                    "Accept: application/json, text/event-stream",
                    "Mcp-Session-Id: " + agent.session(),
                    "Content-Length: " + body.length(),
                    "",
                    body);
            socket.getOutputStream().write(head.getBytes(US_ASCII));
            waiting();
        }

        await().until(() -> approvals.waiting().isEmpty());
        assertThat(outcomes("withdrawn")).isEqualTo(withdrawn + 1);
    }

    @Test
    void aCancelledCallIsNotMade() {
        AgentClient agent = AgentClient.begin(DaemonWithAgents.CAREFUL);
        double withdrawn = outcomes("withdrawn");
        CompletableFuture<JsonPath> unused = callLater(agent);
        String id = waiting().id();

        agent.notify("notifications/cancelled", JsonObject.of("requestId", AgentClient.REQUEST));

        await().until(() -> approvals.waiting().isEmpty());
        assertThat(outcomes("withdrawn")).isEqualTo(withdrawn + 1);
        assertThat(approvals.decide(id, "other", true, null)).isEqualTo(DecisionResult.UNKNOWN);
    }

    @Test
    void anIdThatWaitsIsRefused() {
        AgentClient agent = AgentClient.begin(DaemonWithAgents.CAREFUL);
        CompletableFuture<JsonPath> first = callLater(agent);
        String id = waiting().id();

        JsonPath second = agent.call(RENEW, Map.of("account", "main"));

        assertThat(second.getBoolean("result.isError")).isTrue();
        assertThat(text(second)).endsWith("each request needs an id of its own (invalid-request)");
        assertThat(waiting().id()).isEqualTo(id);
        agent.notify("notifications/cancelled", JsonObject.of("requestId", AgentClient.REQUEST));
        assertThat(text(first.join())).endsWith("the call was cancelled");
    }

    @Test
    void aWaitingCallEndsWithItsSession() {
        AgentClient agent = AgentClient.begin(DaemonWithAgents.CAREFUL);
        CompletableFuture<JsonPath> call = callLater(agent);
        String id = waiting().id();

        assertThat(agent.end().statusCode()).isEqualTo(200);

        assertThat(text(call.join())).endsWith("the call was cancelled");
        assertThat(approvals.decide(id, "other", true, null)).isEqualTo(DecisionResult.UNKNOWN);
    }

    @Test
    void aWaitingCallEndsWithASessionThatIsPushedOut() {
        CompletableFuture<JsonPath> call = callLater(AgentClient.begin(DaemonWithAgents.CAREFUL));
        String id = waiting().id();

        for (int i = 0; i < AgentSessions.MOST_PER_CLIENT; i++) {
            AgentClient.begin(DaemonWithAgents.CAREFUL);
        }

        assertThat(text(call.join())).endsWith("the call was cancelled");
        assertThat(approvals.decide(id, "other", true, null)).isEqualTo(DecisionResult.UNKNOWN);
    }

    /** A call goes by the name of its account: what was approved must not be done to what has taken its place. */
    @Test
    void anApprovedCallIsNotMadeForAnotherLease() {
        CompletableFuture<JsonPath> call = callLater(AgentClient.begin(DaemonWithAgents.CAREFUL));
        String id = waiting().id();
        for (int i = 0; i < 2; i++) {
            AgentClient.api(DaemonWithAgents.OTHER).delete("/v1/listen-keys/main");
            register();
        }

        approvals.decide(id, "other", true, null);

        assertThat(text(call.join())).startsWith("another key or lease has taken the place");
    }

    private static CompletableFuture<JsonPath> callLater(AgentClient agent) {
        return CompletableFuture.supplyAsync(() -> agent.call(RENEW, Map.of("account", "main")));
    }

    private WaitingCall waiting() {
        await().until(() -> approvals.waiting().size() == 1);
        return approvals.waiting().get(0);
    }

    private double outcomes(String outcome) {
        Counter counter =
                registry.find("listenkey.approvals").tag("outcome", outcome).counter();
        return counter == null ? 0 : counter.count();
    }

    private static String text(JsonPath answer) {
        return answer.getString("result.content[0].text");
    }
}
