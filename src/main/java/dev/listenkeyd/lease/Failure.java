package dev.listenkeyd.lease;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An attempt that did not succeed.
 *
 * @param at when it was known
 * @param httpStatus of the reply, null when none came
 * @param code the exchange's own error code, null when the reply had none
 * @param message bounded and printable; never a secret
 */
public record Failure(
        Instant at,
        Reason reason,
        @Nullable Integer httpStatus,
        @Nullable Integer code,
        String message) {

    /**
     * The message in quotes, as a JSON string has them: where others read it beside our own words, what an exchange or a
     * proxy has said must not pass for ours.
     */
    public String quoted() {
        return '"' + message.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** Who said what: a reply without an error code of the exchange is not in its words, but in the daemon's own. */
    public String told() {
        return (code == null ? "the daemon noted " : "the exchange said ") + quoted();
    }

    /** Whether a reply came, from the exchange or from what stands in its place. */
    public boolean isAnswer() {
        return httpStatus != null;
    }

    /** What kind of failure; the words are part of the HTTP API and of the metrics. */
    public enum Reason {
        /** No usable reply: refused, reset, timeout, 5xx. The call may have worked all the same. */
        UNREACHABLE,
        /** 429: the limit of this IP is passed. */
        THROTTLED,
        /** 418 or a "banned until" text: this IP is banned. */
        BANNED,
        /** 403: a firewall blocks this IP. */
        BLOCKED,
        /** The exchange does not accept this account's API key. */
        CREDENTIALS_REFUSED,
        /** -1125: the account has no active listen key. */
        NO_ACTIVE_KEY,
        /** The exchange calls our request malformed. */
        BAD_REQUEST,
        /** A reply that is not the documented JSON: proxy, portal, cut-off body. */
        GARBLED,
        /** 404 or 410: wrong host or path, or the endpoint was retired. */
        GONE,
        /** No call was made: the weight budget left no room. */
        BUDGET;

        /** Whether nothing came back that the exchange itself has said. */
        public boolean isNoAnswer() {
            return switch (this) {
                case UNREACHABLE, GARBLED -> true;
                case THROTTLED, BANNED, BLOCKED, CREDENTIALS_REFUSED, NO_ACTIVE_KEY, BAD_REQUEST, GONE, BUDGET -> false;
            };
        }

        /** Whether the exchange asks the whole IP to be silent. */
        public boolean isPause() {
            return this == THROTTLED || this == BANNED || this == BLOCKED;
        }

        /** Whether only a person can mend it: another key, another address, another version. */
        public boolean needsOperator() {
            return switch (this) {
                case CREDENTIALS_REFUSED, BAD_REQUEST, GONE -> true;
                case UNREACHABLE, THROTTLED, BANNED, BLOCKED, NO_ACTIVE_KEY, GARBLED, BUDGET -> false;
            };
        }
    }
}
