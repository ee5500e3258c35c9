package dev.listenkeyd.mcp.calls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.approval.ApprovalOutcome;
import dev.listenkeyd.approval.ApprovalOutcome.Ending;
import dev.listenkeyd.approval.ApprovalRequest;
import dev.listenkeyd.approval.Approvals;
import dev.listenkeyd.approval.MemoryApprovals;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is counted of calls that need a person. */
class ApprovalMetersTest {
    private static final List<ApprovalOutcome> EACH =
            Stream.of(Ending.values()).map(ApprovalOutcome::of).toList();

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Approvals approvals =
            new Approvals(Duration.ofMinutes(2), () -> Instant.EPOCH, () -> 0, () -> "id", new MemoryApprovals());
    private final ApprovalMeters meters = new ApprovalMeters(approvals, registry);

    @Test
    void everyOutcomeIsThereBeforeItHappens() {
        assertThat(counts())
                .isEqualTo(Map.of(
                        "approved",
                        0,
                        "rejected",
                        0,
                        "timed-out",
                        0,
                        "withdrawn",
                        0,
                        "not-asked",
                        0,
                        "store-unavailable",
                        0));
    }

    @Test
    void everyVerdictIsCountedAsWhatItIs() {
        for (int i = 0; i < EACH.size(); i++) {
            for (int times = 0; times <= i; times++) {
                meters.count(EACH.get(i));
            }
        }

        assertThat(counts())
                .isEqualTo(Map.of(
                        "approved",
                        1,
                        "rejected",
                        2,
                        "timed-out",
                        3,
                        "withdrawn",
                        4,
                        "not-asked",
                        5,
                        "store-unavailable",
                        6));
    }

    @Test
    void thoseThatWaitAreSeen() {
        Approvals.PendingApproval request =
                approvals.ask(new ApprovalRequest("agent", "session", "tool", null, Set.of(), "a person decides"));
        assertThat(waiting()).isEqualTo(1);

        request.withdraw();

        assertThat(waiting()).isZero();
    }

    private double waiting() {
        return registry.get("listenkey.approvals.waiting").gauge().value();
    }

    private Map<String, Integer> counts() {
        return registry.find("listenkey.approvals").counters().stream()
                .collect(Collectors.toMap(
                        counter -> String.valueOf(counter.getId().getTag("outcome")), ApprovalMetersTest::count));
    }

    private static int count(Counter counter) {
        return (int) counter.count();
    }
}
