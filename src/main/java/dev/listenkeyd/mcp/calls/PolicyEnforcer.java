package dev.listenkeyd.mcp.calls;

import dev.listenkeyd.policy.Call;
import dev.listenkeyd.policy.Counters;
import dev.listenkeyd.policy.Counters.Reservation;
import dev.listenkeyd.policy.Decision;
import dev.listenkeyd.policy.Decision.Denied;
import dev.listenkeyd.policy.Policy;
import jakarta.inject.Singleton;
import java.time.InstantSource;

/** Decides calls by the current policies and the quota that is left. */
@Singleton
final class PolicyEnforcer {
    private final PolicyFiles policies;
    private final Counters counters;
    private final InstantSource clock;

    PolicyEnforcer(PolicyFiles policies, Counters counters, InstantSource clock) {
        this.policies = policies;
        this.counters = counters;
        this.clock = clock;
    }

    /** Whether {@link #decide} and {@link #refund} may block for a store. */
    boolean mayBlock() {
        return counters.mayBlock();
    }

    /**
     * Decides a call and takes its quota. The policy comes first, so that a denial names the rule of the policy even when the
     * client lacks the scope, too.
     *
     * @param scope that the tool needs
     * @param hasScope whether the client has it
     */
    Decision decide(Call call, String scope, boolean hasScope) {
        Decision decision = Policy.decideOrDeny(policies.of(call.client()), call, counters, clock.instant());
        if (decision instanceof Denied || hasScope) {
            return decision;
        }
        refund(decision);
        return new Denied("(scope)", "this client lacks the scope " + scope, null);
    }

    /** Whether the current policy forbids the call; it may have changed since the call began. */
    boolean forbids(Call call) {
        Policy policy = policies.of(call.client());
        return policy == null || policy.forbids(call.tool());
    }

    void refund(Decision decision) {
        Reservation reservation = decision.reservation();
        if (reservation != null) {
            counters.refund(reservation);
        }
    }
}
