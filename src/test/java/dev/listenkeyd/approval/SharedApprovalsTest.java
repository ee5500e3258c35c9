package dev.listenkeyd.approval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.listenkeyd.approval.ApprovalOutcome.Ending;
import dev.listenkeyd.approval.Approvals.DecisionResult;
import dev.listenkeyd.approval.Approvals.PendingApproval;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.store.PostgresDatabase;
import dev.listenkeyd.store.PostgresStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Calls that wait at one of two replicas of a database, and persons at both. */
@NullUnmarked
class SharedApprovalsTest extends ApprovalStoreContract {
    @RegisterExtension
    static final PostgresDatabase database = PostgresDatabase.migrated();

    private PostgresStore storeOfA;
    private Approvals a;
    private Approvals b;
    private long nanoTime;
    private final AtomicInteger ids = new AtomicInteger();

    @BeforeEach
    void begin() throws Exception {
        storeOfA = database.open("a");
        PostgresStore storeOfB = database.open("b");
        storeOfA.fleet().beat(0, 100);
        storeOfB.fleet().beat(0, 100);
        a = replica(storeOfA);
        b = replica(storeOfB);
    }

    private Approvals replica(PostgresStore store) {
        return new Approvals(
                PATIENCE, () -> Given.T0, () -> nanoTime, () -> "id" + ids.incrementAndGet(), store.approvals());
    }

    @Override
    ApprovalStore store() {
        return storeOfA.approvals();
    }

    @Override
    void awaitNone() {
        await().until(() -> store().waiting().isEmpty());
    }

    @Test
    void aCallIsSeenAtBothReplicasAndApprovedAtTheOther() {
        PendingApproval call = a.ask(request("agent"));
        assertThat(b.waiting()).isEqualTo(a.waiting()).singleElement().satisfies(waiting -> {
            assertThat(waiting.id()).isEqualTo(call.id());
            assertThat(waiting.request()).isEqualTo(request("agent"));
        });
        assertThat(a.pending()).isOne();
        assertThat(b.pending()).as("each replica counts its own").isZero();

        assertThat(b.decide(call.id(), "boss", true, null)).isEqualTo(DecisionResult.DECIDED);

        assertThat(outcomesOf(call)).as("until the replica asks").isEmpty();
        b.tick();
        assertThat(outcomesOf(call)).as("of the other one").isEmpty();
        a.tick();
        assertThat(outcomesOf(call)).containsExactly(APPROVED);
        assertThat(a.pending()).isZero();
        assertThat(Stream.of(a, b).map(replica -> replica.decide(call.id(), "boss", false, null)))
                .containsOnly(DecisionResult.UNKNOWN);
        await().until(() -> database.query("SELECT count(*) FROM approval").equals("0"));
    }

    @Test
    void aCallThatBeginsOrEndsElsewhereIsAnnouncedOnce() {
        List<Integer> announced = new ArrayList<>();
        b.onChange(() -> announced.add(b.waiting().size()));
        b.watchOthers();

        PendingApproval call = a.ask(request("agent"));
        b.watchOthers();
        b.watchOthers();
        assertThat(announced).containsExactly(1);

        call.withdraw();
        awaitNone();
        b.watchOthers();
        assertThat(announced).containsExactly(1, 0);
    }

    @Test
    void aRejectionAtTheOtherReplicaHasItsReason() {
        PendingApproval call = a.ask(request("agent"));

        b.decide(call.id(), "boss", false, "not today");
        a.tick();

        assertThat(outcomesOf(call)).containsExactly(REJECTED);
    }

    @Test
    void aDecisionAtItsOwnReplicaHoldsAtOnce() {
        PendingApproval call = a.ask(request("agent"));

        assertThat(a.decide(call.id(), "boss", true, null)).isEqualTo(DecisionResult.DECIDED);

        assertThat(outcomesOf(call)).containsExactly(APPROVED);
        assertThat(b.decide(call.id(), "boss", false, null)).isEqualTo(DecisionResult.UNKNOWN);
    }

    @Test
    void theClientsOwnAgentIsNotApprovedAtAnotherReplicaEither() {
        PendingApproval call = a.ask(request("agent"));

        assertThat(b.decide(call.id(), "agent", true, null)).isEqualTo(DecisionResult.OWN_CALL);

        a.tick();
        assertThat(outcomesOf(call)).isEmpty();
    }

    @Test
    void ofTwoPersonsAtTwoReplicasOneDecides() {
        for (int round = 0; round < 30; round++) {
            PendingApproval call = a.ask(request("agent"));
            CompletableFuture<DecisionResult> yes =
                    CompletableFuture.supplyAsync(() -> a.decide(call.id(), "boss", true, null));
            CompletableFuture<DecisionResult> no =
                    CompletableFuture.supplyAsync(() -> b.decide(call.id(), "chief", false, "not today"));

            List<DecisionResult> results = List.of(yes.join(), no.join());
            a.tick();

            assertThat(results).containsExactlyInAnyOrder(DecisionResult.DECIDED, DecisionResult.UNKNOWN);
            assertThat(outcomesOf(call)).containsExactly(yes.join() == DecisionResult.DECIDED ? APPROVED : REJECTED);
        }
    }

    @Test
    void aDecisionJustBeforeTheEndHoldsAndNoneAfterIt() {
        PendingApproval decided = a.ask(request("agent"));
        PendingApproval forgotten = a.ask(request("agent"));
        b.decide(decided.id(), "boss", true, null);
        nanoTime += PATIENCE.toNanos();

        a.tick();

        assertThat(outcomesOf(decided)).containsExactly(APPROVED);
        assertThat(outcomesOf(forgotten)).containsExactly(ApprovalOutcome.of(Ending.TIMED_OUT));
        assertThat(b.decide(forgotten.id(), "boss", true, null)).isEqualTo(DecisionResult.UNKNOWN);
    }

    @Test
    void theClockOfTheDatabaseEndsACallToo() {
        PendingApproval call = a.ask(request("agent"));

        database.execute("UPDATE approval SET until = now() - interval '1 millisecond'");

        assertThat(b.waiting()).isEmpty();
        assertThat(b.decide(call.id(), "boss", true, null)).isEqualTo(DecisionResult.UNKNOWN);
    }

    @Test
    void aCallThatIsTakenBackIsGoneAtTheOtherReplica() {
        PendingApproval call = a.ask(request("agent"));

        call.withdraw();

        assertThat(outcomesOf(call)).containsExactly(ApprovalOutcome.of(Ending.WITHDRAWN));
        await().until(() -> b.waiting().isEmpty());
        assertThat(b.decide(call.id(), "boss", true, null)).isEqualTo(DecisionResult.UNKNOWN);
    }

    @Test
    void callsOfAReplicaThatDiedWaitNoMoreAndTakeNoRoom() {
        List<PendingApproval> calls = new ArrayList<>();
        for (int i = 0; i < ApprovalStore.MOST_PER_CLIENT; i++) {
            calls.add(a.ask(request("agent")));
        }
        assertThat(outcomesOf(b.ask(request("agent"))))
                .as("the bounds are of all replicas")
                .containsExactly(ApprovalOutcome.of(Ending.NOT_ASKED));

        database.lapse("a");

        assertThat(b.waiting()).isEmpty();
        assertThat(b.decide(calls.get(0).id(), "boss", true, null)).isEqualTo(DecisionResult.UNKNOWN);
        assertThat(outcomesOf(b.ask(request("agent")))).isEmpty();
    }

    @Test
    void manyAtOnceDoNotExceedTheBounds() {
        for (int round = 0; round < 10; round++) {
            List<CompletableFuture<PendingApproval>> calls = Stream.of(a, b, a, b, a, b, a, b)
                    .map(replica -> CompletableFuture.supplyAsync(() -> replica.ask(request("agent"))))
                    .toList();

            assertThat(calls.stream().filter(call -> call.join().isWaiting())).hasSize(ApprovalStore.MOST_PER_CLIENT);
            database.execute("DELETE FROM approval");
        }
    }

    /** What can't be written by anybody can't be decided; and a call that waits ends without being made. */
    @Test
    void withoutTheDatabaseNobodyDecides() {
        PendingApproval call = a.ask(request("agent"));
        database.readOnly(true);
        try {
            assertThatThrownBy(() -> a.decide(call.id(), "boss", true, null))
                    .isInstanceOf(ApprovalStore.Unavailable.class);
            assertThatThrownBy(() -> b.decide(call.id(), "boss", true, null))
                    .isInstanceOf(ApprovalStore.Unavailable.class);
            assertThat(outcomesOf(a.ask(request("other"))))
                    .containsExactly(ApprovalOutcome.of(Ending.STORE_UNAVAILABLE));
            nanoTime += PATIENCE.toNanos() - 1;
            a.tick();
            assertThat(outcomesOf(call)).isEmpty();
            nanoTime++;
            a.tick();
            assertThat(outcomesOf(call)).containsExactly(ApprovalOutcome.of(Ending.TIMED_OUT));
        } finally {
            database.readOnly(false);
        }
    }

    @Test
    void aCallThatIsTakenBackDuringAnOutageIsGoneAfterIt() {
        PendingApproval call = a.ask(request("agent"));
        database.readOnly(true);
        try {
            call.withdraw();
            assertThatThrownBy(() -> storeOfA.fleet().give(null, List.of("main")))
                    .as("a write behind the removal")
                    .isInstanceOf(StoreException.class);
            a.tick();
        } finally {
            database.readOnly(false);
        }
        assertThat(b.waiting()).as("the removal has failed").hasSize(1);

        a.tick();

        assertThat(b.waiting()).isEmpty();
        assertThat(b.decide(call.id(), "boss", true, null)).isEqualTo(DecisionResult.UNKNOWN);
    }

    @Test
    void aCallOutlivesAShortOutage() {
        PendingApproval call = a.ask(request("agent"));
        database.terminateConnections();

        assertThat(b.decide(call.id(), "boss", true, null)).isEqualTo(DecisionResult.DECIDED);
        a.tick();

        assertThat(outcomesOf(call)).containsExactly(APPROVED);
    }

    private static ApprovalRequest request(String client) {
        return call("unused", client, "main").request();
    }

    private static List<ApprovalOutcome> outcomesOf(PendingApproval call) {
        List<ApprovalOutcome> outcomes = new ArrayList<>();
        CompletionStage<Void> unused = call.outcome().thenAccept(outcomes::add);
        return outcomes;
    }
}
