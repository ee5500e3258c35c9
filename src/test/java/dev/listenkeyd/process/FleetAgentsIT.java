package dev.listenkeyd.process;

import static dev.listenkeyd.process.DaemonProcess.SOON;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.listenkeyd.files.TrustedFile;
import dev.listenkeyd.ui.WaitingAgent;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent at one of two replicas, and a person at the other. */
class FleetAgentsIT {
    private static final String AGENT = "agent-token-0123456789";
    private static final String BOSS = "boss-token-0123456789";
    private static final String RENEW = "BinanceOptionsRenewListenKey";
    private static final String STATUS = "BinanceOptionsListenKeyStatus";
    private static final String POLICY = """
            {"version":"1","tools":{
              "BinanceOptionsRenewListenKey":{"action":"require_approval","reason":"a person decides"},
              "BinanceOptionsListenKeyStatus":{"limits":[{"counter":"c","window":"day","max":3,"scope":"server"}]}}}""";

    @TempDir
    private Path folder;

    private FleetFixture fleet;
    private DaemonProcess a;
    private DaemonProcess b;

    @BeforeEach
    void setUp() throws IOException {
        fleet = new FleetFixture(folder, Duration.ofMinutes(60))
                .set("REPLICA_TTL", "3s")
                .set("CLIENTS_AGENT_TOKEN", AGENT)
                .set("CLIENTS_BOSS_TOKEN", BOSS)
                .set("CLIENTS_BOSS_SCOPES", "read,approve,write")
                .set(
                        "MCP_POLICY_FILE",
                        TrustedFile.write(folder.resolve("policy.json"), POLICY).toString());
        a = fleet.start("r-a");
        b = fleet.start("r-b");
        fleet.running().forEach(DaemonProcess::awaitReady);
        boss(a, "POST", "/v1/listen-keys", ProcessFixture.registration("main", "recreate"));
    }

    @AfterEach
    void cleanUp() throws Exception {
        fleet.close();
    }

    @Test
    void aCallAtOneReplicaIsApprovedAtTheOtherAndTheAuditOfBothTellsIt() {
        CompletableFuture<String> call = new WaitingAgent(a.address(), AGENT).call(7, RENEW, "main");
        String id = waitingAt(b);
        assertThat(waitingAt(a)).isEqualTo(id);

        assertThat(boss(b, "POST", "/v1/approvals/" + id, "{\"decision\":\"approve\"}")
                        .statusCode())
                .isEqualTo(204);

        assertThat(call).succeedsWithin(SOON);
        assertThat(call.join()).doesNotContain("POLICY", "APPROVAL REQUIRED");
        assertThat(boss(a, "POST", "/v1/approvals/" + id, "{\"decision\":\"reject\"}")
                        .statusCode())
                .isEqualTo(404);
        for (DaemonProcess replica : List.of(a, b)) {
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(audit(replica)
                                    .getList("items.findAll { it.action in ['decide', 'tool'] }"
                                            + ".collect { it.replica + ' ' + it.client + ' ' + it.action }"))
                            .containsExactlyInAnyOrder("r-b boss decide", "r-a agent tool", "r-a boss decide"));
            assertThat(audit(replica).getList("items.place"))
                    .isEqualTo(IntStream.rangeClosed(1, audit(replica).getInt("last"))
                            .boxed()
                            .toList());
        }
        JsonPath chains = boss(a, "GET", "/v1/audit/chains", "").jsonPath();
        assertThat(chains.getBoolean("intact")).isTrue();
        assertThat(chains.getList("items.replica")).containsExactly("r-a", "r-b");
    }

    @Test
    void aLimitOfAllClientsCountsAtBothAndRefusesWithoutTheDatabase() throws IOException {
        WaitingAgent atA = new WaitingAgent(a.address(), AGENT);
        WaitingAgent atB = new WaitingAgent(b.address(), AGENT);

        assertThat(List.of(
                        atA.call(1, STATUS, "main").join(),
                        atB.call(1, STATUS, "main").join(),
                        atA.call(2, STATUS, "main").join()))
                .noneMatch(answer -> answer.contains("[POLICY DENIED]"));
        assertThat(atB.call(2, STATUS, "main").join())
                .startsWith("[POLICY DENIED] the limit of all clients is used up: 3 per day; come back at ");

        fleet.stopDatabase();

        assertThat(atA.call(3, STATUS, "main").join())
                .startsWith("[POLICY DENIED] the limit of all clients can't be checked now");
        assertThat(boss(b, "GET", "/v1/approvals", "").statusCode()).isEqualTo(503);
        assertThat(atB.call(4, RENEW, "main").join()).contains("can't be reached, so nobody was asked");
    }

    private static String waitingAt(DaemonProcess replica) {
        await().atMost(SOON)
                .until(() -> boss(replica, "GET", "/v1/approvals", "")
                                .jsonPath()
                                .getList("items")
                                .size()
                        == 1);
        return boss(replica, "GET", "/v1/approvals", "").jsonPath().getString("items[0].id");
    }

    private static JsonPath audit(DaemonProcess replica) {
        return boss(replica, "GET", "/v1/audit?limit=1000", "").jsonPath();
    }

    private static Response boss(DaemonProcess replica, String method, String path, String body) {
        return given().baseUri(replica.address().toString())
                .contentType(ContentType.JSON)
                .auth()
                .preemptive()
                .oauth2(BOSS)
                .body(body)
                .request(method, path);
    }
}
