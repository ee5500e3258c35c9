package dev.listenkeyd.mcp.calls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.access.Client;
import dev.listenkeyd.access.Clients;
import dev.listenkeyd.access.Scope;
import dev.listenkeyd.access.Tokens;
import dev.listenkeyd.approval.Approvals;
import dev.listenkeyd.approval.MemoryApprovals;
import dev.listenkeyd.audit.AuditLog;
import dev.listenkeyd.audit.AuditRateLimit;
import dev.listenkeyd.audit.AuditRow;
import dev.listenkeyd.audit.AuditStore;
import dev.listenkeyd.audit.Chain;
import dev.listenkeyd.audit.Retention;
import dev.listenkeyd.config.PolicyFile;
import dev.listenkeyd.files.TrustedFile;
import dev.listenkeyd.policy.Call;
import dev.listenkeyd.policy.Counters;
import dev.listenkeyd.policy.Limit;
import dev.listenkeyd.policy.SharedCounters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls whose quota a shared store is slow to count. */
@NullUnmarked
class ToolCallsTest {
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

    @TempDir
    Path folder;

    private final Semaphore asked = new Semaphore(0);
    private final CompletableFuture<Boolean> answer = new CompletableFuture<>();
    private final AtomicInteger worked = new AtomicInteger();
    private final AtomicInteger changes = new AtomicInteger();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final ConcurrencyLimit running = new ConcurrencyLimit();
    private final Approvals approvals =
            new Approvals(Duration.ofMinutes(2), () -> NOW, () -> 0, () -> "id", new MemoryApprovals());

    private AgentSessions sessions;
    private ToolCalls calls;

    @BeforeEach
    void begin() throws IOException {
        Path file = TrustedFile.write(folder.resolve("policy.json"), """
                {"version": "1", "tools": {
                  "RENEW": {"action": "require_approval", "limits": [LIMIT]},
                  "STATUS": {"limits": [LIMIT]}
                }}""".replace("RENEW", ToolNames.RENEW)
                .replace("STATUS", ToolNames.STATUS)
                .replace("LIMIT", "{\"counter\":\"c\",\"window\":\"day\",\"max\":100,\"scope\":\"server\"}"));
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        Counters counters = new Counters(new SlowCounters());
        sessions = new AgentSessions(null, counters, running);
        sessions.opened("bot", "session");
        approvals.onChange(changes::incrementAndGet);
        PolicyEnforcer policy =
                new PolicyEnforcer(new PolicyFiles(PolicyFile.read(file), Map.of(), registry), counters, () -> NOW);
        Clients clients = new Clients(
                List.of(new Client("boss", Set.of(Scope.APPROVE), Tokens.ofList("boss-token-0123456789"), null)));
        AuditLog audit = new AuditLog(
                new NoAudit(),
                new Retention(Duration.ofDays(90), 1000),
                () -> NOW,
                () -> 0,
                Runnable::run,
                event -> {});
        calls = new ToolCalls(
                null,
                policy,
                running,
                new HumanApproval(approvals, sessions, policy, clients, new ApprovalMeters(approvals, registry)),
                new CallRecorder(audit, registry, new AuditRateLimit(() -> 0)),
                threads);
    }

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    @Test
    void aCallThatIsCancelledBeforeItIsDecidedIsShownToNobody() throws InterruptedException {
        CompletableFuture<ToolResult> result = call(ToolNames.RENEW, 7);
        asked.acquire();

        running.cancel("session", 7);
        answer.complete(true);

        assertThat(result.join().word()).isEqualTo("withdrawn");
        assertThat(changes).as("no person was asked").hasValue(0);
        assertThat(worked).hasValue(0);
    }

    @Test
    void aCallThatIsCancelledBeforeItsWorkBeganIsNotMade() throws InterruptedException {
        CompletableFuture<ToolResult> cancelled = call(ToolNames.STATUS, 7);
        CompletableFuture<ToolResult> other = call(ToolNames.STATUS, 8);
        asked.acquire(2);

        running.cancel("session", 7);
        answer.complete(true);

        assertThat(cancelled.join().word()).isEqualTo("withdrawn");
        assertThat(other.join().word()).isEqualTo("done");
        assertThat(worked).hasValue(1);
    }

    /** Of the two, the agent could take back only one. */
    @Test
    void ofTwoCallsWithOneIdOnlyOneWaitsForAPerson() throws InterruptedException {
        CompletableFuture<ToolResult> one = call(ToolNames.RENEW, 7);
        CompletableFuture<ToolResult> other = call(ToolNames.RENEW, 7);
        asked.acquire(2);
        answer.complete(true);

        assertThat(((ToolResult) CompletableFuture.anyOf(one, other).join()).word())
                .isEqualTo("invalid-request");

        running.cancel("session", 7);
        assertThat(Stream.of(one, other).map(call -> call.join().word()))
                .containsExactlyInAnyOrder("invalid-request", "withdrawn");
        assertThat(worked).hasValue(0);
    }

    /** Its agent can't be answered any more. */
    @Test
    void theCallsOfASessionThatEndsAreCancelled() throws InterruptedException {
        CompletableFuture<ToolResult> result = call(ToolNames.RENEW, 7);
        asked.acquire();

        sessions.ended("bot", "session");
        answer.complete(true);

        assertThat(result.join().word()).isEqualTo("withdrawn");
        assertThat(changes).as("no person was asked").hasValue(0);
    }

    @Test
    void callsThatWaitForTheirQuotaDoNotPileUp() throws InterruptedException {
        List<CompletableFuture<ToolResult>> first = IntStream.range(0, ConcurrencyLimit.MOST_PER_CLIENT)
                .mapToObj(id -> call(ToolNames.STATUS, id))
                .toList();
        asked.acquire(ConcurrencyLimit.MOST_PER_CLIENT);

        CompletableFuture<ToolResult> surplus = call(ToolNames.STATUS, "surplus");

        assertThat(surplus).isCompletedWithValueMatching(result -> result.word().equals("busy"));
        answer.complete(true);
        assertThat(first).allMatch(result -> result.join().word().equals("done"));
        assertThat(call(ToolNames.STATUS, "next").join().word())
                .as("there is room again")
                .isEqualTo("done");
    }

    private CompletableFuture<ToolResult> call(String tool, Object id) {
        Call call = new Call("bot", "session", tool);
        return calls.call(new AgentCall(new CountingTool(), call, id, Map.of(), new CompletableFuture<>()), true)
                .toCompletableFuture()
                .orTimeout(1, TimeUnit.MINUTES);
    }

    private final class SlowCounters implements SharedCounters {
        @Override
        public Taken take(List<Limit> limits) {
            asked.release();
            answer.join();
            return new Taken(limits, NOW, List.of());
        }

        @Override
        public void giveBack(Taken taken) {}
    }

    private final class CountingTool implements AgentTool {
        @Override
        public Description description() {
            return new UnknownTool().description();
        }

        @Override
        public Prepared prepare(String client, Map<String, Object> arguments) {
            return Prepared.reading("main", () -> {
                worked.incrementAndGet();
                return ToolResult.of("done", "done", new Call("", "", ""));
            });
        }
    }

    /** A call is answered without its row, too, when the store is away. */
    private static final class NoAudit implements AuditStore {
        @Override
        public Chain chain() {
            throw new Unavailable("away", null);
        }

        @Override
        public Page page(long after, int most) {
            throw new Unavailable("away", null);
        }

        @Override
        public boolean append(List<AuditRow> rows, Retention.Bounds bounds) {
            throw new Unavailable("away", null);
        }
    }
}
