package dev.listenkeyd.http;

import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.view.Member;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** The body of a person's decision. */
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
    private static final List<String> MEMBERS = Member.names(ApprovalDecisionBody.class);

    /** No invisible characters and one line only, so that a person sees all that the model reads. */
    private static final String REASON_SYNTAX = "[^\\p{C}\\p{Zl}\\p{Zp}]{1,200}";

    private static final Pattern DECISION = Pattern.compile(APPROVE + "|" + REJECT);
    private static final Pattern REASON = Pattern.compile(REASON_SYNTAX);

    /** @throws LeaseRefused listing all violations */
    static ApprovalDecisionBody parse(byte[] bytes) {
        JsonBody body = new JsonBody(bytes, MEMBERS);
        body.requirePresent("decision");
        String decision = body.text("decision", DECISION, "be approve or reject");
        String reason = body.text("reason", REASON, "be 1 to 200 printable characters");
        body.requireValid();
        return new ApprovalDecisionBody(Objects.requireNonNull(decision), reason);
    }

    boolean approves() {
        return decision.equals(APPROVE);
    }
}
