package dev.listenkeyd.policy;

import static dev.listenkeyd.policy.Policies.RENEW;

import dev.listenkeyd.policy.Decision.Allowed;
import java.time.Instant;

/** Policies that decide in virtual time, all with the same counters. */
abstract class PolicyDecisions {
    static final Instant START = Instant.parse("2026-11-22T10:30:00Z");
    static final String AGENT = "agent";
    static final String SESSION = "s1";

    final Counters counters = new Counters(null);
    Instant now = START;

    static Policy sliding(int max, int seconds) {
        return Policies.of("{'version':'1','tools':{'" + RENEW + "':{'rate_limit':{'max':" + max + ",'window':"
                + seconds + "}}}}");
    }

    static Call call(String tool) {
        return new Call(AGENT, SESSION, tool);
    }

    Decision decide(Policy policy, String tool) {
        return policy.decide(call(tool), counters, now);
    }

    /** How many of so many calls pass. */
    int allowed(Policy policy, String tool, int calls) {
        int passed = 0;
        for (int i = 0; i < calls; i++) {
            passed += decide(policy, tool) instanceof Allowed ? 1 : 0;
        }
        return passed;
    }
}
