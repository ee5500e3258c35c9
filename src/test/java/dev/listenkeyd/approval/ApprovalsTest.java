package dev.listenkeyd.approval;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.approval.ApprovalOutcome.Ending;
import dev.listenkeyd.approval.Approvals.Outcome;
import dev.listenkeyd.approval.Approvals.Request;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Calls that wait for a person, in virtual time. */
class ApprovalsTest {
    private static final Instant START = Instant.parse("2026-11-22T10:00:00Z");
    private static final Duration PATIENCE = ofMinutes(2);

    private Instant now = START;
    private long nanos = Long.MAX_VALUE - ofMinutes(1).toNanos();
    private int ids;
    private final Approvals approvals = new Approvals(PATIENCE, () -> now, () -> nanos, () -> "id" + ids++);

    @Test
    void aPersonApproves() {
        Request request = ask("agent");
        assertThat(request.until()).isEqualTo(START.plus(PATIENCE));
        assertThat(approvals.waiting()).containsExactly(request);

        assertThat(approvals.decide(request.id(), "boss", true, null)).isEqualTo(Outcome.DECIDED);

        assertThat(verdicts(request)).containsExactly(ApprovalOutcome.of(Ending.APPROVED));
        assertThat(approvals.waiting()).isEmpty();
        assertThat(approvals.decide(request.id(), "boss", false, null)).isEqualTo(Outcome.UNKNOWN);
    }

    @Test
    void aPersonRejectsWithAReason() {
        Request request = ask("agent");

        approvals.decide(request.id(), "boss", false, "not today");

        assertThat(verdicts(request)).containsExactly(new ApprovalOutcome(Ending.REJECTED, "not today"));
    }

    @Test
    void whoAsksDoesNotDecide() {
        Request request = ask("agent");

        assertThat(approvals.decide(request.id(), "agent", true, null)).isEqualTo(Outcome.OWN_CALL);

        assertThat(verdicts(request)).isEmpty();
        assertThat(approvals.waiting()).containsExactly(request);
    }

    @Test
    void aCallThatNobodyDecidesEndsInTimeAndNotAMillisecondEarlier() {
        Request request = ask("agent");

        advance(PATIENCE.minusMillis(1));
        approvals.tick();
        assertThat(verdicts(request)).isEmpty();
        advance(ofMillis(1));
        approvals.tick();

        assertThat(verdicts(request)).containsExactly(ApprovalOutcome.of(Ending.TIMED_OUT));
        assertThat(approvals.waiting()).isEmpty();
    }

    /** Between the end of its time and the next tick. */
    @Test
    void aLateApprovalDoesNothing() {
        Request request = ask("agent");
        advance(PATIENCE);

        assertThat(approvals.decide(request.id(), "boss", true, null)).isEqualTo(Outcome.UNKNOWN);
        approvals.tick();

        assertThat(verdicts(request)).containsExactly(ApprovalOutcome.of(Ending.TIMED_OUT));
    }

    @Test
    void anAgentThatHangsUpIsNotActedFor() {
        Request request = ask("agent");

        request.withdraw();

        assertThat(approvals.decide(request.id(), "boss", true, null)).isEqualTo(Outcome.UNKNOWN);
        assertThat(verdicts(request)).containsExactly(ApprovalOutcome.of(Ending.WITHDRAWN));
    }

    @Test
    void hangingUpAfterTheDecisionChangesNothing() {
        Request request = ask("agent");
        approvals.decide(request.id(), "boss", true, null);

        request.withdraw();

        assertThat(verdicts(request)).containsExactly(ApprovalOutcome.of(Ending.APPROVED));
    }

    @Test
    void aSetWallClockEndsNothing() {
        Request request = ask("agent");

        now = now.plus(Duration.ofDays(1));
        approvals.tick();

        assertThat(verdicts(request)).isEmpty();
    }

    @Test
    void aClientHasFewWaitingAndLeavesRoomToOthers() {
        for (int i = 0; i < Approvals.MOST_PER_CLIENT; i++) {
            assertThat(verdicts(ask("agent"))).isEmpty();
        }

        assertThat(verdicts(ask("agent"))).containsExactly(ApprovalOutcome.of(Ending.NOT_ASKED));
        assertThat(verdicts(ask("other"))).isEmpty();
        approvals.waiting().get(0).withdraw();
        assertThat(verdicts(ask("agent"))).isEmpty();
    }

    @Test
    void allTogetherAreBounded() {
        for (int i = 0; i < Approvals.MOST_WAITING; i++) {
            assertThat(verdicts(ask("agent" + i))).isEmpty();
        }

        assertThat(verdicts(ask("one-more"))).containsExactly(ApprovalOutcome.of(Ending.NOT_ASKED));
        assertThat(approvals.waiting()).hasSize(Approvals.MOST_WAITING);
    }

    @Test
    void theEndOfTheProcessEndsAllWaiting() {
        Request request = ask("agent");

        approvals.close();

        assertThat(verdicts(request)).containsExactly(ApprovalOutcome.of(Ending.TIMED_OUT));
    }

    @Test
    void ofAllWhoEndACallAtOnceOneDoes() throws InterruptedException {
        for (int round = 0; round < 500; round++) {
            Request request = ask("agent");
            AtomicInteger decided = new AtomicInteger();
            ExecutorService threads = Executors.newFixedThreadPool(4);
            threads.execute(request::withdraw);
            for (int i = 0; i < 3; i++) {
                threads.execute(() -> decided.addAndGet(
                        approvals.decide(request.id(), "boss", true, null) == Outcome.DECIDED ? 1 : 0));
            }
            threads.shutdown();
            assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();

            boolean approved = verdicts(request).equals(List.of(ApprovalOutcome.of(Ending.APPROVED)));
            assertThat(decided).hasValue(approved ? 1 : 0);
        }
    }

    private Request ask(String client) {
        return approvals.ask(new ApprovalRequest(client, "s1", "tool", "main", Set.of("account"), "a person decides"));
    }

    private void advance(Duration by) {
        now = now.plus(by);
        nanos += by.toNanos();
    }

    private static List<ApprovalOutcome> verdicts(Request request) {
        List<ApprovalOutcome> verdicts = new ArrayList<>();
        CompletionStage<Void> unused = request.verdict().thenAccept(verdicts::add);
        return verdicts;
    }
}
