package dev.listenkeyd.policy;

import dev.listenkeyd.policy.Counters.Reservation;
import dev.listenkeyd.policy.ToolRule.Action;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The decision of a policy on one call. */
public sealed interface Decision {
    String DEFAULT_ALLOW = "(default allow)";
    String DEFAULT_DENY = "(default deny)";
    String HIDDEN = "(hidden)";
    String NO_POLICY = "(no policy)";
    String NOT_DECIDED = "(not decided)";

    /** The rule that decided: a JSON pointer into the policy, or a word in brackets. */
    String rule();

    Action action();

    /** The quota of the call, null for a denial. */
    default @Nullable Reservation reservation() {
        return null;
    }

    /** The call may be made; its reservation is to be refunded when it did not reach the exchange. */
    record Allowed(String rule, Reservation reservation) implements Decision {
        @Override
        public Action action() {
            return Action.ALLOW;
        }
    }

    /**
     * A person decides. Its quota is reserved already, so that asking is limited, too.
     *
     * @param reason for the agent and for the person
     */
    record NeedsApproval(String rule, String reason, Reservation reservation) implements Decision {
        @Override
        public Action action() {
            return Action.REQUIRE_APPROVAL;
        }
    }

    /**
     * The call must not be made; no quota was reserved.
     *
     * @param reason for the agent
     * @param comeBackAt when the same call would be allowed if no other were made; null when waiting does not help, or it is not known
     */
    record Denied(String rule, String reason, @Nullable Instant comeBackAt) implements Decision {
        @Override
        public Action action() {
            return Action.DENY;
        }
    }
}
