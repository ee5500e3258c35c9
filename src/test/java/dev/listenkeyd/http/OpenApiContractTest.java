package dev.listenkeyd.http;

import static dev.listenkeyd.exchange.StandInResource.API_KEY_MARK;
import static dev.listenkeyd.exchange.StandInResource.MAIN_API_KEY;
import static dev.listenkeyd.exchange.StandInResource.SECOND_API_KEY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.access.DaemonWithClients;
import dev.listenkeyd.access.FailingApprovals;
import dev.listenkeyd.access.Scope;
import dev.listenkeyd.approval.ApprovalRequest;
import dev.listenkeyd.approval.Approvals;
import dev.listenkeyd.approval.Approvals.PendingApproval;
import dev.listenkeyd.exchange.StandInExchange;
import dev.listenkeyd.http.ApiDocument.Operation;
import dev.listenkeyd.http.RawCall.Answer;
import dev.listenkeyd.notify.webhook.WebhookReceiver;
import dev.listenkeyd.sandbox.Reply;
import io.agroal.api.AgroalDataSource;
import io.quarkus.agroal.DataSource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.io.IOException;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The OpenAPI document is true: a call here reaches each status that it names, and the answer is as described. {@link
 * ApiFuzzTest} looks for answers that it does not describe.
 */
@QuarkusTest
@TestProfile(DaemonWithClients.class)
@NullUnmarked
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class OpenApiContractTest {
    private static final String LEASES = "/v1/listen-keys";
    private static final String AUDIT = "/v1/audit";
    private static final String APPROVALS = "/v1/approvals";
    private static final String WHAT_IF = "/v1/what-if";
    /** Any client may ask who it is. */
    private static final String WHOAMI = "/v1/whoami";

    private static final String OWN = API_KEY_MARK + "own";

    /** By all tests of this class. */
    private static final Map<Operation, Set<Integer>> REACHED = new HashMap<>();

    private ApiDocument document;

    WebhookReceiver receiver;
    StandInExchange exchange;

    @Inject
    @DataSource("sqlite")
    AgroalDataSource dataSource;

    @Inject
    Approvals approvals;

    @Inject
    FailingApprovals approvalStore;

    @BeforeEach
    void read() {
        document = ApiDocument.read();
    }

    @AfterEach
    void cleanUp() throws IOException {
        exchange.heal();
        for (String account : List.of("main", "second", "fresh")) {
            for (String holder : List.of("writer", "other")) {
                send("DELETE", LEASES + "/" + account + "?holder=" + holder, "write", "");
            }
        }
        List.of(MAIN_API_KEY, SECOND_API_KEY, OWN).forEach(exchange::closeKey);
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void everyDocumentedStatusIsReachedByATestOfThisClass() {
        for (Operation operation : document.operations()) {
            assertThat(REACHED.getOrDefault(operation, Set.of()))
                    .as(operation.toString())
                    .isEqualTo(document.statuses(operation));
        }
    }

    @Test
    void theDescriptionNamesEveryCallAndNoOther() {
        assertThat(document.operations())
                .extracting(Operation::toString)
                .containsExactlyInAnyOrder(
                        "POST /v1/listen-keys",
                        "GET /v1/listen-keys",
                        "GET /v1/listen-keys/{account}",
                        "DELETE /v1/listen-keys/{account}",
                        "GET /v1/listen-keys/{account}/explain",
                        "GET /v1/listen-keys/{account}/key",
                        "GET /v1/listen-keys/{account}/key/events",
                        "GET /v1/listen-keys/{account}/losses",
                        "POST /v1/listen-keys/{account}/renew",
                        "POST /v1/listen-keys/{account}/pause",
                        "DELETE /v1/listen-keys/{account}/pause",
                        "POST /v1/what-if",
                        "GET /v1/approvals",
                        "POST /v1/approvals/{id}",
                        "GET /v1/status",
                        "GET /v1/replicas",
                        "GET /v1/whoami",
                        "GET /v1/events",
                        "DELETE /v1/gate/pause",
                        "POST /v1/webhooks/{name}/test",
                        "GET /v1/audit",
                        "GET /v1/audit/chains");
    }

    @Test
    void everyCallNamesItsScope() {
        for (Operation operation : document.operations()) {
            assertThat(document.scopes(operation))
                    .as(operation.toString())
                    .hasSize(operation.path().equals(WHOAMI) ? 0 : 1);
        }
    }

    /** What a 405 says is allowed is what is described. */
    @Test
    void everyOtherMethodIsRefusedAndTheDescribedOnesAreNamed() throws IOException {
        for (String path :
                document.operations().stream().map(Operation::path).distinct().toList()) {
            Set<String> described = new TreeSet<>();
            document.operations().stream()
                    .filter(operation -> operation.path().equals(path))
                    .forEach(operation -> described.add(operation.method()));
            if (described.contains("GET")) {
                described.add("HEAD");
            }
            for (String method : List.of("PUT", "PATCH", "TRACE", "FOO")) {
                Answer answer = send(method, filled(path), "read", "");

                assertThat(answer.status()).as(method + " " + path).isEqualTo(405);
                assertThat(answer.header("content-type")).isEqualTo("application/problem+json");
                assertThat(Set.of(answer.header("allow").split(", "))).isEqualTo(described);
            }
        }
    }

    @Test
    void anyCallIsRefusedForTheSameReasons() throws IOException {
        for (Operation operation : document.operations()) {
            refusals(operation);
        }
    }

    private void refusals(Operation operation) throws IOException {
        String scope = scope(operation);
        String path = filled(operation.path());
        String start = operation.method() + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
        String allowed = start + "Authorization: Bearer " + DaemonWithClients.token(scope) + "\r\n";
        String json = allowed + "Content-Type: application/json\r\n";
        judge(operation, 400, RawCall.of(allowed + "Host: localhost\r\n\r\n"));
        judge(operation, 401, RawCall.of(start + "\r\n"));
        String other = scope.equals(Scope.APPROVE) ? Scope.READ : Scope.APPROVE;
        if (!operation.path().equals(WHOAMI)) {
            judge(
                    operation,
                    403,
                    RawCall.of(start + "Authorization: Bearer " + DaemonWithClients.token(other) + "\r\n\r\n"));
        }
        judge(operation, 403, RawCall.of(allowed + "Origin: https://evil.example\r\n\r\n"));
        judge(operation, 413, RawCall.of(json + "Content-Length: 16385\r\n\r\n"));
        judge(operation, 415, RawCall.of(allowed + "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}"));
        judge(operation, 417, RawCall.of(json + "Expect: a miracle\r\nContent-Length: 2\r\n\r\n{}"));
        if (document.statuses(operation).contains(406)) {
            judge(operation, 406, RawCall.of(json + "Accept: text/html\r\nContent-Length: 2\r\n\r\n{}"));
        }
    }

    /** All at once: each takes as long as a body may. */
    @Test
    void aBodyThatIsTooSlowIsRefused() throws IOException {
        Map<Operation, RawCall> calls = new LinkedHashMap<>();
        for (Operation operation : document.operations()) {
            RawCall call = new RawCall();
            calls.put(operation, call);
            call.send(operation.method() + " " + filled(operation.path())
                    + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                    + DaemonWithClients.token(scope(operation))
                    + "\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{");
        }
        for (Map.Entry<Operation, RawCall> call : calls.entrySet()) {
            judge(call.getKey(), 408, call.getValue().answer(false));
            call.getValue().close();
        }
    }

    @Test
    void registration() throws IOException {
        expect(400, "POST", LEASES, "write", "{}");
        expect(422, "POST", LEASES, "write", "{\"account\":\"nobody\"}");
        registerTwo();
        expect(200, "POST", LEASES, "write", "{\"account\":\"main\",\"onLoss\":\"recreate\"}");
        exchange.activeKey(SECOND_API_KEY);
        expect(
                409,
                "POST",
                LEASES,
                "write",
                "{\"account\":\"second\",\"listenKey\":\"another\",\"onLoss\":\"report\"}");
    }

    /** "main" has a key and two holders, "fresh" has no key yet. */
    private void registerTwo() throws IOException {
        exchange.fail(OWN, Reply.UNAVAILABLE);
        expect(202, "POST", LEASES, "write", "{\"account\":\"fresh\",\"apiKey\":\"" + OWN + "\"}");
        expect(201, "POST", LEASES, "write", "{\"account\":\"main\"}");
        expect(200, "POST", LEASES, "write", "{\"account\":\"main\",\"holder\":\"other\"}");
    }

    @ParameterizedTest
    @CsvSource({
        "200, /v1/listen-keys?status=ACTIVE&limit=1000&after=a, read",
        "400, /v1/listen-keys?limit=0, read",
        "200, /v1/listen-keys/main, read",
        "200, /v1/listen-keys/fresh, read",
        "404, /v1/listen-keys/nobody, read",
        "200, /v1/listen-keys/main/explain, read",
        "200, /v1/listen-keys/fresh/explain, read",
        "404, /v1/listen-keys/nobody/explain, read",
        "200, /v1/listen-keys/main/key, reveal",
        "404, /v1/listen-keys/nobody/key, reveal",
        "409, /v1/listen-keys/fresh/key, reveal",
        "200, /v1/listen-keys/main/losses?after=1&limit=2, read",
        "400, /v1/listen-keys/main/losses?after=-1, read",
        "404, /v1/listen-keys/nobody/losses, read",
        "200, /v1/listen-keys/main?after=1&wait=30s, read",
        "400, /v1/listen-keys/main?after=1&wait=121s, read",
        "200, /v1/listen-keys/main/key?after=another&wait=30s, reveal",
        "400, /v1/listen-keys/main/key?wait=soon, reveal",
        "400, /v1/listen-keys/main?wait=%00, read",
        "200, /v1/listen-keys/main/key/events, reveal",
        "404, /v1/listen-keys/nobody/key/events, reveal",
        "200, '/v1/events?account=main,fresh&type=key,renewed', read",
        "400, /v1/events?type=nonsense, read",
        "200, /v1/status, read",
        "200, /v1/whoami, approve",
        "200, /v1/audit?after=1&limit=2, read",
        "200, /v1/audit?replica=local, read",
        "400, /v1/audit?replica=no%20name, read",
        "200, /v1/audit/chains, read",
        "400, /v1/audit?after=-1, read",
    })
    void reading(int status, String target, String scope) throws IOException {
        registerTwo();

        expect(status, "GET", target, scope, "");
    }

    /** All at once: each takes a while, and they run one after the other. */
    @Test
    void simulatedOutages() throws IOException {
        expect(400, "POST", WHAT_IF, "read", "{\"outageMinutes\":1441}");
        List<RawCall> calls = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            RawCall call = new RawCall();
            calls.add(call);
            call.send(request("POST", WHAT_IF, "read", "{\"outageMinutes\":1440,\"startsInMinutes\":1440}"));
        }
        Set<Integer> statuses = new TreeSet<>();
        for (RawCall call : calls) {
            Answer answer = call.answer(false);
            judge(new Operation("POST", WHAT_IF), answer.status(), answer);
            assertThat(answer.header("retry-after")).isEqualTo(answer.status() == 503 ? "1" : "");
            statuses.add(answer.status());
            call.close();
        }
        assertThat(statuses).containsExactly(200, 503);
    }

    @Test
    void renewalAndRelease() throws IOException {
        registerTwo();
        expect(404, "POST", LEASES + "/nobody/renew", "write", "");
        exchange.rotateKey(MAIN_API_KEY);
        // The answer describes a loss, too.
        expect(200, "POST", LEASES + "/main/renew", "write", "");
        expect(200, "GET", LEASES + "/main/losses", "read", "");
        expect(400, "DELETE", LEASES + "/main?close=perhaps", "write", "");
        expect(404, "DELETE", LEASES + "/main?holder=stranger", "write", "");
        expect(409, "DELETE", LEASES + "/main?close=true", "write", "");
        expect(204, "DELETE", LEASES + "/main?holder=other", "write", "");
        exchange.fail(MAIN_API_KEY, Reply.throttled(Duration.ofSeconds(8)));
        expect(503, "DELETE", LEASES + "/main?close=true", "write", "");
        // The gate is closed now, for longer than the call waits.
        expect(503, "POST", LEASES + "/main/renew", "write", "");
        // Before the pause is lifted: the call that then leaves must not begin another.
        exchange.heal();
        expect(204, "DELETE", "/v1/gate/pause", "write", "");
        expect(200, "GET", "/v1/replicas", "read", "");
    }

    @Test
    void pause() throws IOException {
        String anHour = "{\"reason\":\"maintenance\",\"for\":\"1h\"}";
        registerTwo();
        expect(400, "POST", LEASES + "/main/pause", "write", "{}");
        expect(404, "POST", LEASES + "/nobody/pause", "write", anHour);
        expect(200, "POST", LEASES + "/main/pause", "write", anHour);
        expect(200, "GET", LEASES + "/main", "read", "");
        expect(409, "POST", LEASES + "/main/renew", "write", "");
        expect(200, "DELETE", LEASES + "/main/pause", "write", "");
        expect(404, "DELETE", LEASES + "/nobody/pause", "write", "");
    }

    @Test
    void approval() throws IOException {
        String approve = "{\"decision\":\"approve\"}";
        PendingApproval first =
                approvals.ask(new ApprovalRequest("bot", "session", "tool", null, Set.of(), "a person decides"));
        PendingApproval own = approvals.ask(
                new ApprovalRequest("approver", "session", "tool", "main", Set.of("account"), "a person decides"));
        expect(200, "GET", APPROVALS, "approve", "");
        expect(400, "POST", APPROVALS + "/none", "approve", "{\"decision\":\"perhaps\"}");
        expect(404, "POST", APPROVALS + "/none", "approve", approve);
        expect(403, "POST", APPROVALS + "/" + own.id(), "approve", approve);
        expect(204, "POST", APPROVALS + "/" + first.id(), "approve", approve);
        approvalStore.fail = true;
        expect(503, "GET", APPROVALS, "approve", "");
        expect(503, "POST", APPROVALS + "/" + own.id(), "approve", approve);
        approvalStore.fail = false;
        own.withdraw();
    }

    @Test
    void testOfAWebhook() throws IOException {
        expect(200, "POST", "/v1/webhooks/pager/test", "write", "");
        expect(404, "POST", "/v1/webhooks/none/test", "write", "");
        receiver.status = 500;
        expect(503, "POST", "/v1/webhooks/pager/test", "write", "");
        receiver.status = 204;
    }

    @Test
    void moreSubscribersThanThereMayBe() throws IOException {
        registerTwo();
        List<RawCall> open = new ArrayList<>();
        Answer answer = Answer.NONE;
        while (answer.status() != 503) {
            RawCall call = new RawCall();
            open.add(call);
            call.send(request("GET", "/v1/events", "read", ""));
            answer = call.answer(false);
            judge(new Operation("GET", "/v1/events"), answer.status(), answer);
        }
        expect(503, "GET", LEASES + "/main/key/events", "reveal", "");
        for (RawCall call : open) {
            call.close();
        }
    }

    /** All at once: each waits for the connection. */
    @Test
    void aStoreThatCannotBeReached() throws Exception {
        String anHour = "{\"reason\":\"maintenance\",\"for\":\"1h\"}";
        expect(201, "POST", LEASES, "write", "{\"account\":\"main\"}");
        expect(200, "POST", LEASES + "/main/pause", "write", anHour);
        // There is but one connection.
        try (Connection held = dataSource.getConnection()) {
            assertThat(held.isClosed()).isFalse();
            Map<Operation, RawCall> calls = Map.ofEntries(
                    begun("POST", LEASES, "write", "{\"account\":\"second\"}"),
                    begun("POST", LEASES + "/main/pause", "write", anHour),
                    begun("GET", AUDIT, "read", ""),
                    begun("GET", AUDIT + "/chains", "read", ""),
                    begun("GET", LEASES + "/main/losses", "read", ""));
            for (Map.Entry<Operation, RawCall> call : calls.entrySet()) {
                judge(call.getKey(), 503, call.getValue().answer(false));
                call.getValue().close();
            }
            expect(200, "DELETE", LEASES + "/main/pause", "write", "");
        }
    }

    /** A call whose answer is read later. */
    private Map.Entry<Operation, RawCall> begun(String method, String target, String scope, String body)
            throws IOException {
        RawCall call = new RawCall();
        call.send(request(method, target, scope, body));
        return Map.entry(document.find(method, target), call);
    }

    private void expect(int status, String method, String target, String scope, String body) throws IOException {
        Operation operation = document.find(method, target.replaceFirst("[?].*", ""));
        judge(operation, status, send(method, target, scope, body));
    }

    private void judge(Operation operation, int status, Answer answer) {
        assertThat(answer.status()).as("%s: %s", operation, answer).isEqualTo(status);
        document.check(operation, answer);
        REACHED.computeIfAbsent(operation, first -> new TreeSet<>()).add(status);
    }

    /** One that suffices. */
    private String scope(Operation operation) {
        return document.scopes(operation).stream().findFirst().orElse(Scope.READ);
    }

    private static String filled(String path) {
        return path.replace("{account}", "nobody").replace("{id}", "none").replace("{name}", "none");
    }

    private static Answer send(String method, String target, String scope, String body) throws IOException {
        return RawCall.of(request(method, target, scope, body));
    }

    private static String request(String method, String target, String scope, String body) {
        List<String> lines = new ArrayList<>(List.of(
                method + " " + target + " HTTP/1.1",
                "Host: localhost",
                "Connection: close",
                "Authorization: Bearer " + DaemonWithClients.token(scope)));
        if (!body.isEmpty()) {
            lines.add("Content-Type: application/json");
            lines.add("Content-Length: " + body.length());
        }
        return String.join("\r\n", lines) + "\r\n\r\n" + body;
    }
}
