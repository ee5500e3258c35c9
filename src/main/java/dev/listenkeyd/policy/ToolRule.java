package dev.listenkeyd.policy;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the policy says of one tool.
 *
 * @param reason of a denial or of the need for approval, for the agent; null when the policy gives none
 */
public record ToolRule(
        ToolAction action,
        @Nullable String reason,
        List<Limit> limits,
        @Nullable RateLimit rateLimit) {
    public ToolRule {
        limits = List.copyOf(limits);
    }
}
