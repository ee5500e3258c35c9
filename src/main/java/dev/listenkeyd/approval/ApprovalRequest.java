package dev.listenkeyd.approval;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The call that a person decides on. It holds no values of arguments, since one may be a listen key.
 *
 * @param client whose agent calls
 * @param session its fingerprint
 * @param account of the call, null when it has none or it is not known yet
 * @param arguments their names
 * @param reason of the policy for the need of approval
 */
public record ApprovalRequest(
        String client,
        String session,
        String tool,
        @Nullable String account,
        Set<String> arguments,
        String reason) {
    public ApprovalRequest {
        arguments = Set.copyOf(arguments);
    }
}
