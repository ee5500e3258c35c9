package dev.listenkeyd.approval;

import dev.listenkeyd.encoding.WireWord;
import org.jspecify.annotations.Nullable;

/**
 * How a call that waited for a person ended.
 *
 * @param reason of a rejection, for the agent; null when the person gave none, and for every other ending
 */
public record ApprovalOutcome(Ending ending, @Nullable String reason) {

    public enum Ending {
        APPROVED,
        REJECTED,
        /** Nobody decided in time. */
        TIMED_OUT,
        /** The agent hung up or cancelled its call. */
        WITHDRAWN,
        /** No person was asked, since too many calls waited already. */
        NOT_ASKED,
        /** No person was asked, since the store that all replicas share could not be reached. */
        STORE_UNAVAILABLE;

        /** Whether the store has had the call. */
        boolean wasAsked() {
            return this != NOT_ASKED && this != STORE_UNAVAILABLE;
        }

        /** As metrics and the audit have it. */
        public String word() {
            return WireWord.of(this);
        }
    }

    public static ApprovalOutcome of(Ending ending) {
        return new ApprovalOutcome(ending, null);
    }
}
