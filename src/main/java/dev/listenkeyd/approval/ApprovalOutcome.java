package dev.listenkeyd.approval;

import dev.listenkeyd.encoding.WireWord;
import org.jspecify.annotations.Nullable;

/**
 * How the waiting of a call ended.
 *
 * @param reason of a rejection, for the agent; null when the person gave none, and for all other endings
 */
public record ApprovalOutcome(Ending ending, @Nullable String reason) {

    /** What ended it. */
    public enum Ending {
        APPROVED,
        REJECTED,
        /** Nobody decided in time. */
        TIMED_OUT,
        /** The agent has hung up or taken back its call. */
        WITHDRAWN,
        /** Nobody was asked: too many calls wait already. */
        NOT_ASKED;

        /** As it stands in a metric or a row of the audit. */
        public String word() {
            return WireWord.of(this);
        }
    }

    public static ApprovalOutcome of(Ending ending) {
        return new ApprovalOutcome(ending, null);
    }
}
