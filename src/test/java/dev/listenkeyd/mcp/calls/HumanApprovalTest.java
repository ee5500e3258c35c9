package dev.listenkeyd.mcp.calls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.access.Client;
import dev.listenkeyd.access.Clients;
import dev.listenkeyd.access.Tokens;
import dev.listenkeyd.approval.Approvals;
import dev.listenkeyd.approval.MemoryApprovals;
import dev.listenkeyd.approval.WaitingCall;
import dev.listenkeyd.config.PolicyFile;
import dev.listenkeyd.files.TrustedFile;
import dev.listenkeyd.policy.Call;
import dev.listenkeyd.policy.Counters;
import dev.listenkeyd.policy.Decision.NeedsApproval;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NullUnmarked
class HumanApprovalTest {
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final String ASK =
            "{\"version\":\"1\",\"tools\":{\"(unknown)\":{\"action\":\"require_approval\",\"reason\":\"a person decides\"}}}"
                    .replace("(unknown)", ToolNames.RENEW);

    @TempDir
    Path folder;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Approvals approvals =
            new Approvals(Duration.ofMinutes(2), () -> NOW, () -> 0, () -> "id", new MemoryApprovals());
    private final Counters counters = new Counters(null);
    private final AgentSessions sessions = new AgentSessions(null, counters, new ConcurrencyLimit());
    private final CompletableFuture<Void> cancelled = new CompletableFuture<>();
    private Path file;
    private PolicyFiles policies;

    @BeforeEach
    void openSession() {
        sessions.opened("bot", "session");
    }

    @BeforeEach
    void readPolicy() throws IOException {
        file = TrustedFile.write(folder.resolve("policy.json"), ASK);
        policies = new PolicyFiles(PolicyFile.read(file), Map.of(), registry);
    }

    @Test
    void withoutAnApproverTheCallIsRefusedAtOnce() {
        CompletableFuture<Optional<ToolResult>> answer = ask(client("bot", "approve"), client("desk", "read"));

        assertThat(answer.join().orElseThrow().text())
                .isEqualTo("[APPROVAL REQUIRED] a person decides; but no other client here may approve");
        assertThat(approvals.waiting()).isEmpty();
    }

    @Test
    void anApprovedCallMayBeMade() {
        CompletableFuture<Optional<ToolResult>> answer = ask(client("boss", "approve"));

        approvals.decide(waiting().id(), "boss", true, null);

        assertThat(answer.join()).isEmpty();
    }

    @Test
    void aCallThatThePolicyForbidsMeanwhileIsNotMade() throws IOException {
        CompletableFuture<Optional<ToolResult>> answer = ask(client("boss", "approve"));
        Files.writeString(file, "{\"version\":\"1\",\"default\":\"deny\"}");
        policies.reread();

        approvals.decide(waiting().id(), "boss", true, null);

        assertThat(answer.join().orElseThrow().text())
                .isEqualTo("[POLICY DENIED] the policy has changed and does not allow this tool any more");
    }

    @Test
    void aCancelledCallDoesNotWaitAnyMore() {
        CompletableFuture<Optional<ToolResult>> first = ask(client("boss", "approve"));
        assertThat(approvals.waiting()).hasSize(1);
        cancelled.complete(null);
        assertThat(first.join().orElseThrow().word()).isEqualTo("withdrawn");

        CompletableFuture<Optional<ToolResult>> second = ask(client("boss", "approve"));
        assertThat(approvals.waiting()).isEmpty();
        assertThat(second.join().orElseThrow().word())
                .as("cancelled before the person was asked")
                .isEqualTo("withdrawn");
    }

    @Test
    void aCallOfASessionThatHasEndedDoesNotWait() {
        sessions.ended("bot", "session");

        CompletableFuture<Optional<ToolResult>> answer = ask(client("boss", "approve"));

        assertThat(approvals.waiting()).isEmpty();
        assertThat(answer.join().orElseThrow().word()).isEqualTo("withdrawn");
    }

    private CompletableFuture<Optional<ToolResult>> ask(Client... clients) {
        PolicyEnforcer enforcer = new PolicyEnforcer(policies, counters, () -> NOW);
        HumanApproval approval = new HumanApproval(
                approvals, sessions, enforcer, new Clients(List.of(clients)), new ApprovalMeters(approvals, registry));
        UnknownTool tool = new UnknownTool();
        Call call = new Call("bot", "session", ToolNames.RENEW);
        NeedsApproval needed = (NeedsApproval) enforcer.decide(call, "write", true);
        return approval.ask(new AgentCall(tool, call, 7, Map.of(), cancelled), "main", needed)
                .toCompletableFuture();
    }

    private WaitingCall waiting() {
        return approvals.waiting().get(0);
    }

    private static Client client(String name, String scope) {
        return new Client(name, Set.of(scope), Tokens.ofList(name + "-token-0123456789"), null);
    }
}
