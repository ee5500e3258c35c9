package dev.listenkeyd.mcp;

import dev.listenkeyd.policy.Call;
import dev.listenkeyd.policy.Counters;
import dev.listenkeyd.policy.Counters.Taken;
import dev.listenkeyd.policy.Decision;
import dev.listenkeyd.policy.Decision.Denied;
import dev.listenkeyd.policy.Policy;
import jakarta.inject.Singleton;
import java.time.InstantSource;

/** What the policies say by now, and what calls have used of them. */
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

    /**
     * Decides, and takes what the call uses. The policy first: what it denies is denied by its rule, whatever else stands in
     * the way.
     *
     * @param scope that the tool needs
     * @param hasScope whether the client has it
     */
    Decision decide(Call call, String scope, boolean hasScope) {
        Decision decision = Policy.judge(policies.of(call.client()), call, counters, clock.instant());
        if (decision instanceof Denied || hasScope) {
            return decision;
        }
        giveBack(decision);
        return new Denied("(scope)", "this client lacks the scope " + scope, null);
    }

    /** Whether the policy forbids by now what it did not forbid when the call came. */
    boolean forbids(Call call) {
        Policy policy = policies.of(call.client());
        return policy == null || policy.forbids(call.tool());
    }

    void giveBack(Decision decision) {
        Taken taken = decision.taken();
        if (taken != null) {
            counters.giveBack(taken);
        }
    }
}
