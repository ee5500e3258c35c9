package dev.listenkeyd.approval;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a person is asked. Holds no values of arguments: one of them may be a listen key.
 *
 * @param client whose agent calls
 * @param account that the call concerns, null when it is for none or not known yet
 * @param arguments their names
 * @param reason why a person must decide, as the policy has it
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
