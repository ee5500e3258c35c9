package dev.listenkeyd.http;

import static dev.listenkeyd.http.ApiClient.problem;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.access.AuthFailures.Reason;
import dev.listenkeyd.access.DaemonWithClients;
import dev.listenkeyd.access.ManualTicker;
import dev.listenkeyd.access.Scope;
import dev.listenkeyd.approval.ApprovalOutcome;
import dev.listenkeyd.approval.ApprovalOutcome.Ending;
import dev.listenkeyd.approval.ApprovalRequest;
import dev.listenkeyd.approval.Approvals;
import dev.listenkeyd.approval.Approvals.PendingApproval;
import dev.listenkeyd.audit.AuditRateLimit;
import dev.listenkeyd.lease.Secret;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How a person sees the calls of agents that wait, and decides. */
@QuarkusTest
@TestProfile(DaemonWithClients.class)
@NullUnmarked
class ApprovalsApiTest {
    private static final String APPROVALS = "/v1/approvals";
    private static final String SESSION = "c2Vzc2lvbi1vZi1hbi1hZ2VudA==";
    private static final String AT = "; session " + new Secret(SESSION).fingerprint();
    private static final String CREATE = "BinanceOptionsCreateListenKey";
    private static final int FUZZ_CALLS = 1000;

    @Inject
    Approvals approvals;

    @Inject
    MeterRegistry registry;

    @Inject
    ManualTicker ticks;

    private final List<PendingApproval> asked = new ArrayList<>();
    private long before;

    @BeforeEach
    void remember() {
        // No row of an earlier test counts against the limit of this one.
        ticks.advance(Duration.ofMinutes(2));
        approvals.tick();
        before = as(Scope.READ).get("/v1/audit").jsonPath().getLong("last");
    }

    @AfterEach
    void endWaitingCalls() {
        asked.forEach(PendingApproval::withdraw);
        asked.clear();
    }

    @Test
    void callsThatWaitAreShownOldestFirst() {
        PendingApproval first = ask("bot", null);
        PendingApproval second = ask("writer", "main");

        Response answer = as(Scope.APPROVE).get(APPROVALS);

        assertThat(answer.statusCode()).isEqualTo(200);
        JsonPath shown = answer.jsonPath();
        assertThat(shown.getMap("")).containsOnlyKeys("items");
        assertThat(shown.getList("items.id")).containsExactly(first.id(), second.id());
        assertThat(shown.getMap("items[1]"))
                .containsOnlyKeys(
                        "id", "client", "session", "tool", "account", "arguments", "reason", "askedAt", "until")
                .containsEntry("client", "writer")
                .containsEntry("tool", CREATE)
                .containsEntry("account", "main")
                .containsEntry("arguments", List.of("account", "listenKey"))
                .containsEntry("reason", "a person decides")
                .containsEntry("askedAt", second.call().askedAt().toString())
                .containsEntry("until", second.call().until().toString());
        assertThat(shown.getMap("items[0]")).containsEntry("account", null);
        assertThat(shown.getString("items[0].session")).matches("[0-9a-f]{8}");
        assertThat(answer.asString()).as("a session's id").doesNotContain(SESSION);
    }

    @Test
    void anApprovedCallGoesOnAndIsRecorded() {
        PendingApproval request = ask("bot", "main");

        Response answer = decide(request, "{\"decision\":\"approve\"}");

        assertThat(answer.statusCode()).isEqualTo(204);
        assertThat(outcomesOf(request)).containsExactly(new ApprovalOutcome(Ending.APPROVED, null));
        assertThat(as(Scope.APPROVE).get(APPROVALS).jsonPath().getList("items")).isEmpty();
        assertThat(news()).containsExactly("approver decide main approved " + CREATE + " of bot" + AT);
    }

    @Test
    void aRejectionHasItsReasonWhichNoRowRepeats() {
        PendingApproval request = ask("bot", null);

        decide(request, "{\"decision\":\"reject\",\"reason\":\"not today\"}")
                .then()
                .statusCode(204);

        assertThat(outcomesOf(request)).containsExactly(new ApprovalOutcome(Ending.REJECTED, "not today"));
        assertThat(news()).containsExactly("approver decide null rejected " + CREATE + " of bot" + AT);
    }

    @Test
    void anEndedOrUnknownCallIsNotFound() {
        PendingApproval decided = ask("bot", null);
        PendingApproval late = ask("bot", null);
        String approve = "{\"decision\":\"approve\"}";
        decide(decided, approve).then().statusCode(204);
        ticks.advance(Duration.ofMinutes(2));

        problem(decide(decided, approve), 404, "not-found");
        problem(decide(late, approve), 404, "not-found");
        problem(as(Scope.APPROVE).body(approve).post(APPROVALS + "/none"), 404, "not-found");

        assertThat(outcomesOf(late)).noneMatch(outcome -> outcome.ending() == Ending.APPROVED);
        assertThat(news())
                .containsExactly(
                        "approver decide null approved " + CREATE + " of bot" + AT,
                        "approver decide null not-found",
                        "approver decide null not-found",
                        "approver decide null not-found");
    }

    @Test
    void aClientCannotDecideOnItsOwnCall() {
        double counted = refusals(Reason.OWN_CALL);
        PendingApproval own = ask("approver", null);

        for (int i = 0; i < AuditRateLimit.MOST_PER_MINUTE + 2; i++) {
            problem(decide(own, "{\"decision\":\"approve\"}"), 403, "forbidden");
        }

        assertThat(outcomesOf(own)).isEmpty();
        assertThat(approvals.waiting()).containsExactly(own.call());
        assertThat(refusals(Reason.OWN_CALL)).isEqualTo(counted + AuditRateLimit.MOST_PER_MINUTE + 2);
        assertThat(news())
                .as("ten a minute")
                .hasSize(AuditRateLimit.MOST_PER_MINUTE)
                .containsOnly("approver decide null forbidden");

        ticks.advance(Duration.ofMinutes(1));
        PendingApproval next = ask("approver", null);
        problem(decide(next, "{\"decision\":\"approve\"}"), 403, "forbidden");
        assertThat(news()).last().isEqualTo("approver decide null forbidden; 2 calls before this one were left out");
    }

    @Test
    void withoutTheScopeAClientSeesAndDecidesNothing() {
        PendingApproval request = ask("bot", null);

        problem(as(Scope.READ).get(APPROVALS), 403, "forbidden");
        problem(
                as(Scope.WRITE).body("{\"decision\":\"approve\"}").post(APPROVALS + "/" + request.id()),
                403,
                "forbidden");

        assertThat(approvals.waiting()).containsExactly(request.call());
        assertThat(news()).containsExactly("reader other null forbidden", "writer decide null forbidden");
    }

    @Test
    void aDecisionThatIsNoneChangesNothing() {
        PendingApproval request = ask("bot", null);

        problem(decide(request, "{\"decision\":\"approve\",\"because\":\"x\"}"), 400, "invalid-request");
        problem(decide(request, ""), 400, "invalid-request");

        assertThat(approvals.waiting()).containsExactly(request.call());
        assertThat(news())
                .containsExactly("approver decide null invalid-request", "approver decide null invalid-request");
    }

    /** {@link ApiFuzzTest} has no client, and gets no further than the door. */
    @Test
    void noCallOfAPersonBreaksARule() throws IOException {
        long seed = Long.getLong("listenkeyd.seed", 1);
        FuzzInput input = new FuzzInput(seed);
        FuzzRules rules = new FuzzRules(ApiDocument.read());
        try (ErrorRecording log = new ErrorRecording()) {
            for (int i = 0; i < FUZZ_CALLS; i++) {
                // A call whose token was spoilt does not make the next such one wait longer.
                ticks.advance(Duration.ofMinutes(1));
                approvals.tick();
                String id = input.chance(0.7) ? ask("bot", null).id() : "{id}";
                FuzzInput.Call call = input.chance(0.2)
                        ? input.call("GET", APPROVALS, List.of())
                        : input.call("POST", APPROVALS + "/" + id, List.of());
                rules.judge(asPerson(call));
            }
            assertThat(log.errors).as("seed %s", seed).isEmpty();
        }
        assertThat(rules.seen())
                .as("seed %s", seed)
                .containsKeys(
                        "GET /v1/approvals 200",
                        "POST /v1/approvals/{id} 204",
                        "POST /v1/approvals/{id} 400",
                        "POST /v1/approvals/{id} 404");
    }

    private static FuzzInput.Call asPerson(FuzzInput.Call call) {
        String token = "\r\nAuthorization: Bearer " + DaemonWithClients.token(Scope.APPROVE) + "\r\n";
        String raw = new String(call.bytes(), ISO_8859_1).replaceFirst("\r\n", token);
        return new FuzzInput.Call(call.method(), call.path(), raw);
    }

    private PendingApproval ask(String client, String account) {
        PendingApproval call = approvals.ask(new ApprovalRequest(
                client,
                new Secret(SESSION).fingerprint(),
                CREATE,
                account,
                Set.of("listenKey", "account"),
                "a person decides"));
        asked.add(call);
        return call;
    }

    private static Response decide(PendingApproval request, String body) {
        return as(Scope.APPROVE).body(body).post(APPROVALS + "/" + request.id());
    }

    private static RequestSpecification as(String scope) {
        return ApiClient.given()
                .contentType("application/json")
                .header("Authorization", "Bearer " + DaemonWithClients.token(scope));
    }

    private static List<ApprovalOutcome> outcomesOf(PendingApproval request) {
        List<ApprovalOutcome> outcomesOf = new ArrayList<>();
        CompletionStage<Void> unused = request.outcome().thenAccept(outcomesOf::add);
        return outcomesOf;
    }

    private double refusals(Reason reason) {
        return registry.get("listenkey.auth.failures")
                .tag("reason", reason.name())
                .counter()
                .count();
    }

    private List<String> news() {
        List<Map<String, Object>> rows =
                as(Scope.READ).get("/v1/audit?after=" + before).jsonPath().getList("items");
        return rows.stream()
                .map(row -> row.get("client") + " " + row.get("action") + " " + row.get("account") + " "
                        + row.get("result"))
                .toList();
    }
}
