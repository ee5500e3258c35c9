package dev.listenkeyd.policy;

import dev.listenkeyd.policy.Counters.Taken;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What a policy says of one call. */
public sealed interface Decision {
    String DEFAULT_ALLOW = "(default allow)";
    String DEFAULT_DENY = "(default deny)";
    String HIDDEN = "(hidden)";
    String NO_POLICY = "(no policy)";

    /** What decided: a JSON pointer into the policy, or a word in brackets. */
    String rule();

    /** What the call has used of its limits, null for a denial. */
    default @Nullable Taken taken() {
        return null;
    }

    /** The call may be made. {@code taken}: to be given back when it came to nothing. */
    record Allowed(String rule, Taken taken) implements Decision {}

    /**
     * A person decides. What the call uses is taken already, so that asking is limited, too.
     *
     * @param reason for the agent and for the person
     */
    record NeedsApproval(String rule, String reason, Taken taken) implements Decision {}

    /**
     * The call must not be made; nothing was taken.
     *
     * @param reason for the agent
     * @param comeBackAt when the same call would be allowed if nobody else made one; null when waiting does not help
     */
    record Denied(String rule, String reason, @Nullable Instant comeBackAt) implements Decision {}
}
