package dev.listenkeyd.policy;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The rule of a policy for one tool.
 *
 * @param reason of a denial or of the need for approval, for the agent; null when the policy gives none
 */
public record ToolRule(
        Action action,
        @Nullable String reason,
        List<Limit> limits,
        @Nullable RateLimit rateLimit) {

    /** The rule for calls of a tool. */
    public enum Action {
        ALLOW,
        DENY,
        REQUIRE_APPROVAL;

        /** As a policy writes it. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public ToolRule {
        limits = List.copyOf(limits);
    }
}
