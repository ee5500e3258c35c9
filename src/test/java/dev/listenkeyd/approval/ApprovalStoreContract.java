package dev.listenkeyd.approval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.approval.ApprovalOutcome.Ending;
import dev.listenkeyd.approval.Approvals.DecisionResult;
import dev.listenkeyd.lease.Given;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The rules of every {@link ApprovalStore}. */
abstract class ApprovalStoreContract {
    static final Duration PATIENCE = Duration.ofMinutes(2);
    static final ApprovalOutcome APPROVED = ApprovalOutcome.of(Ending.APPROVED);
    static final ApprovalOutcome REJECTED = new ApprovalOutcome(Ending.REJECTED, "not today");

    abstract ApprovalStore store();

    @Test
    void callsWaitOldestFirstWithAllThatAPersonMustKnow() {
        store().add(call("2", "agent", "main"), PATIENCE);
        store().add(call("1", "other", null), PATIENCE);

        List<WaitingCall> waiting = store().waiting();

        assertThat(waiting).extracting(WaitingCall::id).containsExactly("2", "1");
        assertThat(waiting)
                .extracting(WaitingCall::request)
                .containsExactly(
                        call("2", "agent", "main").request(),
                        call("1", "other", null).request());
        assertThat(waiting)
                .allMatch(call -> Duration.between(call.askedAt(), call.until()).equals(PATIENCE));
    }

    @Test
    void aCallIsDecidedOnce() {
        store().add(call("1", "agent", "main"), PATIENCE);

        assertThat(store().decide("1", "boss", REJECTED)).isEqualTo(DecisionResult.DECIDED);

        assertThat(store().decide("1", "boss", APPROVED)).isEqualTo(DecisionResult.UNKNOWN);
        assertThat(store().decide("none", "boss", APPROVED)).isEqualTo(DecisionResult.UNKNOWN);
        assertThat(store().waiting()).isEmpty();
    }

    @Test
    void aClientDoesNotDecideOnItsOwnCall() {
        store().add(call("1", "agent", "main"), PATIENCE);

        assertThat(store().decide("1", "agent", APPROVED)).isEqualTo(DecisionResult.OWN_CALL);

        assertThat(store().waiting()).hasSize(1);
    }

    @Test
    void aCallThatHasEndedIsNotDecided() {
        store().add(call("1", "agent", "main"), PATIENCE);
        store().add(call("2", "agent", "main"), PATIENCE);

        assertThat(store().end(List.of("1", "none"))).isEmpty();
        store().remove("2");

        assertThat(store().decide("1", "boss", APPROVED)).isEqualTo(DecisionResult.UNKNOWN);
        awaitNone();
        assertThat(store().decide("2", "boss", APPROVED)).isEqualTo(DecisionResult.UNKNOWN);
    }

    /** A removal may take a moment. */
    void awaitNone() {
        assertThat(store().waiting()).isEmpty();
    }

    @Test
    void theNumberOfCallsIsBoundedForAClientAndForAll() {
        for (int i = 0; i < ApprovalStore.MOST_WAITING; i++) {
            String client = "agent" + i / ApprovalStore.MOST_PER_CLIENT;
            assertThat(store().add(call("id" + i, client, null), PATIENCE)).isTrue();
            if ((i + 1) % ApprovalStore.MOST_PER_CLIENT == 0) {
                assertThat(store().add(call("more" + i, client, null), PATIENCE))
                        .isFalse();
            }
        }

        assertThat(store().add(call("last", "other", null), PATIENCE)).isFalse();
        store().end(List.of("id0"));
        assertThat(store().add(call("last", "other", null), PATIENCE)).isTrue();
    }

    static WaitingCall call(String id, String client, @Nullable String account) {
        ApprovalRequest request = new ApprovalRequest(
                client, "3f9a1c2b", "tool", account, Set.of("account", "listenKey"), "a person decides");
        return new WaitingCall(id, request, Given.T0, Given.T0.plus(PATIENCE));
    }
}
