package dev.listenkeyd.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.view.UnknownMembers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** The body of a person's decision: parsed strictly, every complaint names its member and repeats no value. */
@Schema(name = "Decision", additionalProperties = Schema.False.class)
record ApprovalDecisionBody(
        @Schema(enumeration = {APPROVE, REJECT}) String decision,

        @Schema(
                description = "Why it is rejected; the agent is told",
                pattern = "^" + ApprovalDecisionBody.REASON_SYNTAX + "$")
        @Nullable
        String reason) {

    private static final String APPROVE = "approve";
    private static final String REJECT = "reject";
    private static final List<String> MEMBERS = List.of("decision", "reason");

    /** A model reads it, and a person must see all that the model does: nothing invisible, no second line. */
    private static final String REASON_SYNTAX = "[^\\p{C}\\p{Zl}\\p{Zp}]{1,200}";

    private static final Pattern REASON = Pattern.compile(REASON_SYNTAX);

    /** @throws LeaseRefused listing all that is wrong */
    static ApprovalDecisionBody parse(byte[] body) {
        JsonNode json = JsonBody.object(body);
        List<String> wrong =
                new ArrayList<>(UnknownMembers.unknown(json.propertyStream().map(Map.Entry::getKey), MEMBERS));
        String decision = JsonBody.text(json, "decision", wrong);
        if (decision == null && !json.hasNonNull("decision")) {
            wrong.add("decision: is missing");
        } else if (decision != null && !decision.equals(APPROVE) && !decision.equals(REJECT)) {
            wrong.add("decision: must be approve or reject");
        }
        String reason = JsonBody.text(json, "reason", wrong);
        if (reason != null && !REASON.matcher(reason).matches()) {
            wrong.add("reason: must be 1 to 200 printable characters");
        }
        if (!wrong.isEmpty() || decision == null) {
            throw new LeaseRefused(Refusal.INVALID_REQUEST, String.join("; ", wrong));
        }
        return new ApprovalDecisionBody(decision, reason);
    }

    boolean approves() {
        return decision.equals(APPROVE);
    }
}
