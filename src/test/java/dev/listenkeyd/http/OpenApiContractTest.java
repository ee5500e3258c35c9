package dev.listenkeyd.http;

import static dev.listenkeyd.exchange.StandInResource.API_KEY_MARK;
import static dev.listenkeyd.exchange.StandInResource.MAIN_API_KEY;
import static dev.listenkeyd.exchange.StandInResource.SECOND_API_KEY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.access.DaemonWithClients;
import dev.listenkeyd.access.Scope;
import dev.listenkeyd.approval.ApprovalRequest;
import dev.listenkeyd.approval.Approvals;
import dev.listenkeyd.approval.Approvals.Request;
import dev.listenkeyd.exchange.StandInExchange;
import dev.listenkeyd.http.ApiDocument.Operation;
import dev.listenkeyd.http.RawCall.Answer;
import dev.listenkeyd.sandbox.Reply;
import io.agroal.api.AgroalDataSource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.io.IOException;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What the description of the API says is so: every status it names is reached by a call here, and what comes back is what
 * it describes. {@link ApiFuzzTest} looks for what it does not say.
 */
@QuarkusTest
@TestProfile(DaemonWithClients.class)
@NullUnmarked
class OpenApiContractTest {
    private static final String LEASES = "/v1/listen-keys";
    private static final String LEASE = LEASES + "/{account}";
    private static final String KEY = LEASE + "/key";
    private static final String EXPLAIN = LEASE + "/explain";
    private static final String WHAT_IF = "/v1/what-if";
    private static final String RENEW = LEASE + "/renew";
    private static final String AUDIT = "/v1/audit";
    private static final String APPROVALS = "/v1/approvals";
    private static final String APPROVAL = APPROVALS + "/{id}";
    private static final String OWN = API_KEY_MARK + "own";
    private static final String CLOSE_ALL = "bot";

    private ApiDocument document;
    private final Map<Operation, Set<Integer>> reached = new LinkedHashMap<>();

    StandInExchange exchange;

    @Inject
    AgroalDataSource dataSource;

    @Inject
    Approvals approvals;

    @BeforeEach
    void read() {
        document = ApiDocument.read();
    }

    @AfterEach
    void cleanUp() throws IOException {
        exchange.heal();
        for (String account : List.of("main", "second", "fresh")) {
            for (String holder : List.of("writer", "other", CLOSE_ALL)) {
                send("DELETE", LEASES + "/" + account + "?holder=" + holder, "write", "");
            }
        }
        List.of(MAIN_API_KEY, SECOND_API_KEY, OWN).forEach(exchange::closeKey);
    }

    @Test
    void everyDocumentedStatusIsReached() throws Exception {
        for (Operation operation : document.operations()) {
            refusals(operation);
        }
        slowBodies();
        registration();
        reading();
        rehearsals();
        renewalAndRelease();
        approval();
        theStoreIsAway();

        for (Operation operation : document.operations()) {
            assertThat(reached.getOrDefault(operation, Set.of()))
                    .as(operation.toString())
                    .isEqualTo(document.statuses(operation));
        }
    }

    @Test
    void everyCallNamesItsScope() {
        for (Operation operation : document.operations()) {
            assertThat(document.scopes(operation)).as(operation.toString()).hasSize(1);
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

    // --- what any call can be refused with

    private void refusals(Operation operation) throws IOException {
        String scope = document.scopes(operation).get(0);
        String path = filled(operation.path());
        String start = operation.method() + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
        String allowed = start + "Authorization: Bearer " + DaemonWithClients.token(scope) + "\r\n";
        String json = allowed + "Content-Type: application/json\r\n";
        expect(operation, 400, allowed + "Host: localhost\r\n\r\n");
        expect(operation, 401, start + "\r\n");
        String other = scope.equals(Scope.APPROVE) ? Scope.READ : Scope.APPROVE;
        expect(operation, 403, start + "Authorization: Bearer " + DaemonWithClients.token(other) + "\r\n\r\n");
        expect(operation, 403, allowed + "Origin: https://evil.example\r\n\r\n");
        expect(operation, 413, json + "Content-Length: 16385\r\n\r\n");
        expect(operation, 415, allowed + "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}");
        expect(operation, 417, json + "Expect: a miracle\r\nContent-Length: 2\r\n\r\n{}");
        if (document.statuses(operation).contains(406)) {
            expect(operation, 406, json + "Accept: text/html\r\nContent-Length: 2\r\n\r\n{}");
        }
    }

    /** All at once: each takes as long as a body may. */
    private void slowBodies() throws IOException {
        Map<Operation, RawCall> calls = new LinkedHashMap<>();
        for (Operation operation : document.operations()) {
            RawCall call = new RawCall();
            calls.put(operation, call);
            call.send(operation.method() + " " + filled(operation.path())
                    + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                    + DaemonWithClients.token(document.scopes(operation).get(0))
                    + "\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{");
        }
        for (Map.Entry<Operation, RawCall> call : calls.entrySet()) {
            judge(call.getKey(), 408, call.getValue().answer(false));
            call.getValue().close();
        }
    }

    // --- what each one does

    private void registration() throws IOException {
        Operation register = new Operation("POST", LEASES);
        expect(register, 400, "write", "{}");
        expect(register, 422, "write", "{\"account\":\"nobody\"}");
        exchange.fail(OWN, Reply.UNAVAILABLE);
        expect(register, 202, "write", "{\"account\":\"fresh\",\"apiKey\":\"" + OWN + "\"}");
        // It stays without a key: only this account's calls fail.
        expect(register, 201, "write", "{\"account\":\"main\"}");
        expect(register, 200, "write", "{\"account\":\"main\",\"holder\":\"other\",\"onLoss\":\"recreate\"}");
        exchange.activeKey(SECOND_API_KEY);
        expect(register, 409, "write", "{\"account\":\"second\",\"listenKey\":\"another\",\"onLoss\":\"report\"}");
    }

    /** "main" lives and has two holders, "fresh" has no key yet. */
    private void reading() throws IOException {
        expect(new Operation("GET", LEASES), 200, LEASES + "?status=ACTIVE&limit=1000&after=a", "read", "");
        expect(new Operation("GET", LEASES), 400, LEASES + "?limit=0", "read", "");
        expect(new Operation("GET", LEASE), 200, LEASES + "/main", "read", "");
        expect(new Operation("GET", LEASE), 200, LEASES + "/fresh", "read", "");
        expect(new Operation("GET", LEASE), 404, LEASES + "/nobody", "read", "");
        expect(new Operation("GET", EXPLAIN), 200, LEASES + "/main/explain", "read", "");
        expect(new Operation("GET", EXPLAIN), 200, LEASES + "/fresh/explain", "read", "");
        expect(new Operation("GET", EXPLAIN), 404, LEASES + "/nobody/explain", "read", "");
        expect(new Operation("GET", KEY), 200, LEASES + "/main/key", "reveal", "");
        expect(new Operation("GET", KEY), 404, LEASES + "/nobody/key", "reveal", "");
        expect(new Operation("GET", KEY), 409, LEASES + "/fresh/key", "reveal", "");
        expect(new Operation("GET", "/v1/status"), 200, "read", "");
        expect(new Operation("GET", AUDIT), 200, AUDIT + "?after=1&limit=2", "read", "");
        expect(new Operation("GET", AUDIT), 400, AUDIT + "?after=-1", "read", "");
    }

    /** All at once: each takes a while, and there is one turn. */
    private void rehearsals() throws IOException {
        Operation whatIf = new Operation("POST", WHAT_IF);
        expect(whatIf, 400, "read", "{\"outageMinutes\":1441}");
        List<RawCall> calls = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            RawCall call = new RawCall();
            calls.add(call);
            call.send(request("POST", WHAT_IF, "read", "{\"outageMinutes\":1440,\"startsInMinutes\":1440}"));
        }
        Set<Integer> statuses = new TreeSet<>();
        for (RawCall call : calls) {
            Answer answer = call.answer(false);
            judge(whatIf, answer.status(), answer);
            assertThat(answer.header("retry-after")).isEqualTo(answer.status() == 503 ? "1" : "");
            statuses.add(answer.status());
            call.close();
        }
        assertThat(statuses).containsExactly(200, 503);
    }

    private void renewalAndRelease() throws IOException {
        Operation renew = new Operation("POST", RENEW);
        Operation release = new Operation("DELETE", LEASE);
        expect(renew, 404, LEASES + "/nobody/renew", "write", "");
        exchange.rotateKey(MAIN_API_KEY);
        // With a loss to tell of.
        expect(renew, 200, LEASES + "/main/renew", "write", "");
        expect(release, 400, LEASES + "/main?close=perhaps", "write", "");
        expect(release, 404, LEASES + "/main?holder=stranger", "write", "");
        expect(release, 409, LEASES + "/main?close=true", "write", "");
        expect(release, 204, LEASES + "/main?holder=other", "write", "");
        exchange.fail(MAIN_API_KEY, Reply.throttled(Duration.ofSeconds(8)));
        expect(release, 503, LEASES + "/main?close=true", "write", "");
        // The gate is closed now, for longer than the call waits.
        expect(renew, 503, LEASES + "/main/renew", "write", "");
        expect(new Operation("DELETE", "/v1/gate/pause"), 204, "write", "");
    }

    private void approval() throws IOException {
        String approve = "{\"decision\":\"approve\"}";
        Operation decide = new Operation("POST", APPROVAL);
        Request first =
                approvals.ask(new ApprovalRequest("bot", "session", "tool", null, Set.of(), "a person decides"));
        Request second = approvals.ask(
                new ApprovalRequest("approver", "session", "tool", "main", Set.of("account"), "a person decides"));
        expect(new Operation("GET", APPROVALS), 200, "approve", "");
        expect(decide, 400, APPROVALS + "/none", "approve", "{\"decision\":\"perhaps\"}");
        expect(decide, 404, APPROVALS + "/none", "approve", approve);
        expect(decide, 403, APPROVALS + "/" + second.id(), "approve", approve);
        expect(decide, 204, APPROVALS + "/" + first.id(), "approve", approve);
        second.withdraw();
    }

    private void theStoreIsAway() throws Exception {
        // There is but one connection.
        try (Connection held = dataSource.getConnection()) {
            assertThat(held.isClosed()).isFalse();
            expect(new Operation("POST", LEASES), 503, "write", "{\"account\":\"second\"}");
            expect(new Operation("GET", AUDIT), 503, "read", "");
        }
    }

    private void expect(Operation operation, int status, String scope, String body) throws IOException {
        expect(operation, status, operation.path(), scope, body);
    }

    private void expect(Operation operation, int status, String target, String scope, String body) throws IOException {
        judge(operation, status, send(operation.method(), target, scope, body));
    }

    private void expect(Operation operation, int status, String request) throws IOException {
        judge(operation, status, RawCall.of(request));
    }

    private void judge(Operation operation, int status, Answer answer) {
        assertThat(answer.status()).as("%s: %s", operation, answer).isEqualTo(status);
        document.check(operation, answer);
        reached.computeIfAbsent(operation, first -> new TreeSet<>()).add(status);
    }

    private static String filled(String path) {
        return path.replace("{account}", "nobody").replace("{id}", "none");
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
