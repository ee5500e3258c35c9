package dev.listenkeyd.policy;

import dev.listenkeyd.policy.Counters.Answer;
import dev.listenkeyd.policy.Counters.Exceeded;
import dev.listenkeyd.policy.Counters.Reservation;
import dev.listenkeyd.policy.Decision.Allowed;
import dev.listenkeyd.policy.Decision.Denied;
import dev.listenkeyd.policy.Decision.NeedsApproval;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The permissions of the agents of one client, or of all clients. {@link PolicyReader} refuses members that it does not know, so a
 * policy holds nothing that isn't enforced.
 *
 * @param allowsByDefault whether tools that are not named are allowed
 * @param hidden tools that agents do not see; calls of them are denied, too
 * @param allTools limits of every call, whatever the tool
 * @param tools by name
 */
public record Policy(boolean allowsByDefault, Set<String> hidden, List<Limit> allTools, Map<String, ToolRule> tools) {
    private static final String DENIED = "the policy does not allow this tool";
    private static final String APPROVAL = "a person must approve calls of this tool";

    public Policy {
        hidden = Set.copyOf(hidden);
        allTools = List.copyOf(allTools);
        tools = Map.copyOf(tools);
    }

    /**
     * Decides a call and reserves its quota in one step.
     *
     * @param policy of the call's client, null when it has none
     */
    public static Decision decideOrDeny(@Nullable Policy policy, Call call, Counters counters, Instant now) {
        return policy == null
                ? new Denied(Decision.NO_POLICY, "this client has no policy, so it may call no tool", null)
                : policy.decide(call, counters, now);
    }

    /** Decides a call and reserves its quota in one step. */
    public Decision decide(Call call, Counters counters, Instant now) {
        String tool = call.tool();
        if (hidden.contains(tool)) {
            return new Denied(Decision.HIDDEN, DENIED, null);
        }
        ToolRule rule = tools.get(tool);
        if (rule == null) {
            return allowsByDefault
                    ? counted(call, null, counters, now)
                    : new Denied(Decision.DEFAULT_DENY, DENIED, null);
        }
        return rule.action() == ToolRule.Action.DENY
                ? new Denied(pointer(tool) + "/action", rule.reason() == null ? DENIED : rule.reason(), null)
                : counted(call, rule, counters, now);
    }

    /** Whether calls of this tool are denied, however much quota is left. */
    public boolean forbids(String tool) {
        ToolRule rule = tools.get(tool);
        return hidden.contains(tool) || (rule == null ? !allowsByDefault : rule.action() == ToolRule.Action.DENY);
    }

    private Decision counted(Call call, @Nullable ToolRule rule, Counters counters, Instant now) {
        List<Limit> limits = rule == null
                ? allTools
                : Stream.concat(rule.limits().stream(), allTools.stream()).toList();
        Answer answer = counters.reserve(call, limits, rule == null ? null : rule.rateLimit(), now);
        if (answer instanceof Exceeded exceeded) {
            return new Denied(exceeded.rule(), exceeded.reason(), exceeded.comeBackAt());
        }
        Reservation reservation = (Reservation) answer;
        if (rule == null) {
            return new Allowed(Decision.DEFAULT_ALLOW, reservation);
        }
        return rule.action() == ToolRule.Action.REQUIRE_APPROVAL
                ? new NeedsApproval(
                        pointer(call.tool()) + "/action", rule.reason() == null ? APPROVAL : rule.reason(), reservation)
                : new Allowed(pointer(call.tool()), reservation);
    }

    static String pointer(String tool) {
        return "/tools/" + escaped(tool);
    }

    /** A member as part of a JSON pointer (RFC 6901). */
    static String escaped(String member) {
        return member.replace("~", "~0").replace("/", "~1");
    }
}
