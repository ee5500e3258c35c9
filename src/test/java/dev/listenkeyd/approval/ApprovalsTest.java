package dev.listenkeyd.approval;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.approval.ApprovalOutcome.Ending;
import dev.listenkeyd.approval.Approvals.DecisionResult;
import dev.listenkeyd.approval.Approvals.PendingApproval;
import java.lang.reflect.Proxy;
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
    private long nanoTime = Long.MAX_VALUE - ofMinutes(1).toNanos();
    private int ids;
    private final ApprovalStore store = new MemoryApprovals();
    private Runnable beforeRemoval = () -> {};
    private final List<Object> removals = new ArrayList<>();
    private final Approvals approvals =
            new Approvals(PATIENCE, () -> now, () -> nanoTime, () -> "id" + ids++, watchingRemovals());

    private ApprovalStore watchingRemovals() {
        Class<?>[] port = {ApprovalStore.class};
        return (ApprovalStore) Proxy.newProxyInstance(port[0].getClassLoader(), port, (proxy, method, arguments) -> {
            if (method.getName().equals("remove")) {
                beforeRemoval.run();
            }
            if (method.getName().equals("end")) {
                removals.add(arguments[0]);
            }
            return method.invoke(store, arguments);
        });
    }

    /** A page looks then, in place of polling. */
    @Test
    void eachBeginningAndEachEndIsTold() {
        List<Integer> waiting = new ArrayList<>();
        approvals.onChange(() -> waiting.add(approvals.waiting().size()));

        PendingApproval first = ask("agent");
        ask("agent").withdraw();
        approvals.decide(first.id(), "person", true, null);

        assertThat(waiting).containsExactly(1, 2, 1, 0);
    }

    @Test
    void aPersonApproves() {
        PendingApproval request = ask("agent");
        assertThat(request.call().until()).isEqualTo(START.plus(PATIENCE));
        assertThat(approvals.waiting()).containsExactly(request.call());

        assertThat(approvals.decide(request.id(), "boss", true, null)).isEqualTo(DecisionResult.DECIDED);

        assertThat(outcomesOf(request)).containsExactly(ApprovalOutcome.of(Ending.APPROVED));
        assertThat(approvals.waiting()).isEmpty();
        assertThat(approvals.decide(request.id(), "boss", false, null)).isEqualTo(DecisionResult.UNKNOWN);
    }

    @Test
    void aPersonRejectsWithAReason() {
        PendingApproval request = ask("agent");

        approvals.decide(request.id(), "boss", false, "not today");

        assertThat(outcomesOf(request)).containsExactly(new ApprovalOutcome(Ending.REJECTED, "not today"));
    }

    @Test
    void aClientDoesNotDecideOnItsOwnCall() {
        PendingApproval request = ask("agent");

        assertThat(approvals.decide(request.id(), "agent", true, null)).isEqualTo(DecisionResult.OWN_CALL);

        assertThat(outcomesOf(request)).isEmpty();
        assertThat(approvals.waiting()).containsExactly(request.call());
    }

    @Test
    void aCallThatNobodyDecidesEndsInTimeAndNotAMillisecondEarlier() {
        PendingApproval request = ask("agent");

        advance(PATIENCE.minusMillis(1));
        approvals.tick();
        assertThat(outcomesOf(request)).isEmpty();
        advance(ofMillis(1));
        approvals.tick();

        assertThat(outcomesOf(request)).containsExactly(ApprovalOutcome.of(Ending.TIMED_OUT));
        assertThat(approvals.waiting()).isEmpty();
    }

    /** Between the end of its time and the next tick. */
    @Test
    void aLateApprovalDoesNothing() {
        PendingApproval request = ask("agent");
        advance(PATIENCE);

        assertThat(approvals.decide(request.id(), "boss", true, null)).isEqualTo(DecisionResult.UNKNOWN);
        approvals.tick();

        assertThat(outcomesOf(request)).containsExactly(ApprovalOutcome.of(Ending.TIMED_OUT));
    }

    @Test
    void anAgentThatHangsUpIsNotActedFor() {
        PendingApproval request = ask("agent");

        request.withdraw();

        assertThat(approvals.decide(request.id(), "boss", true, null)).isEqualTo(DecisionResult.UNKNOWN);
        assertThat(outcomesOf(request)).containsExactly(ApprovalOutcome.of(Ending.WITHDRAWN));
    }

    @Test
    void aDecisionDoesNothingWhileTheCallIsTakenBack() {
        PendingApproval request = ask("agent");
        List<DecisionResult> results = new ArrayList<>();
        beforeRemoval = () -> results.add(approvals.decide(request.id(), "boss", true, null));

        request.withdraw();

        assertThat(results).containsExactly(DecisionResult.UNKNOWN);
        assertThat(outcomesOf(request)).containsExactly(ApprovalOutcome.of(Ending.WITHDRAWN));
    }

    @Test
    void hangingUpAfterTheDecisionChangesNothing() {
        PendingApproval request = ask("agent");
        approvals.decide(request.id(), "boss", true, null);

        request.withdraw();

        assertThat(outcomesOf(request)).containsExactly(ApprovalOutcome.of(Ending.APPROVED));
    }

    @Test
    void aSetWallClockEndsNothing() {
        PendingApproval request = ask("agent");

        now = now.plus(Duration.ofDays(1));
        approvals.tick();

        assertThat(outcomesOf(request)).isEmpty();
    }

    @Test
    void aClientHasFewWaitingAndLeavesRoomToOthers() {
        PendingApproval first = ask("agent");
        for (int i = 1; i < ApprovalStore.MOST_PER_CLIENT; i++) {
            assertThat(outcomesOf(ask("agent"))).isEmpty();
        }

        assertThat(outcomesOf(ask("agent"))).containsExactly(ApprovalOutcome.of(Ending.NOT_ASKED));
        assertThat(outcomesOf(ask("other"))).isEmpty();
        first.withdraw();
        assertThat(outcomesOf(ask("agent"))).isEmpty();
    }

    @Test
    void allTogetherAreBounded() {
        for (int i = 0; i < ApprovalStore.MOST_WAITING; i++) {
            assertThat(outcomesOf(ask("agent" + i))).isEmpty();
        }

        assertThat(outcomesOf(ask("one-more"))).containsExactly(ApprovalOutcome.of(Ending.NOT_ASKED));
        assertThat(approvals.waiting()).hasSize(ApprovalStore.MOST_WAITING);
    }

    @Test
    void theEndOfTheProcessEndsAllWaiting() {
        PendingApproval request = ask("agent");

        approvals.close();

        assertThat(outcomesOf(request)).containsExactly(ApprovalOutcome.of(Ending.TIMED_OUT));
    }

    @Test
    void aCallThatHasEndedIsRemovedOnceMoreAndOneThatWasNotAskedIsNot() {
        for (int i = 0; i < ApprovalStore.MOST_PER_CLIENT; i++) {
            ask("agent");
        }
        assertThat(outcomesOf(ask("agent"))).containsExactly(ApprovalOutcome.of(Ending.NOT_ASKED));
        PendingApproval request = ask("other");
        request.withdraw();

        approvals.tick();
        approvals.tick();

        assertThat(removals).containsExactly(List.of(request.id()));
    }

    @Test
    void ofAllWhoEndACallAtOnceOneDoes() throws InterruptedException {
        for (int round = 0; round < 500; round++) {
            PendingApproval request = ask("agent");
            AtomicInteger decided = new AtomicInteger();
            ExecutorService threads = Executors.newFixedThreadPool(4);
            threads.execute(request::withdraw);
            for (int i = 0; i < 3; i++) {
                threads.execute(() -> decided.addAndGet(
                        approvals.decide(request.id(), "boss", true, null) == DecisionResult.DECIDED ? 1 : 0));
            }
            threads.shutdown();
            assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();

            boolean approved = outcomesOf(request).equals(List.of(ApprovalOutcome.of(Ending.APPROVED)));
            assertThat(decided).hasValue(approved ? 1 : 0);
        }
    }

    private PendingApproval ask(String client) {
        return approvals.ask(new ApprovalRequest(client, "s1", "tool", "main", Set.of("account"), "a person decides"));
    }

    private void advance(Duration by) {
        now = now.plus(by);
        nanoTime += by.toNanos();
    }

    private static List<ApprovalOutcome> outcomesOf(PendingApproval request) {
        List<ApprovalOutcome> outcomesOf = new ArrayList<>();
        CompletionStage<Void> unused = request.outcome().thenAccept(outcomesOf::add);
        return outcomesOf;
    }
}
