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
     * The message in quotes, escaped as in JSON, so that text of the exchange or of a proxy can't pass for the daemon's own.
     */
    public String quoted() {
        return '"' + message.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** The message with its author: the exchange where the reply had an error code, else the daemon. */
    public String told() {
        return (code == null ? "the daemon noted " : "the exchange said ") + quoted();
    }

    /** Whether any HTTP reply came, from the exchange or from a proxy. */
    public boolean isAnswer() {
        return httpStatus != null;
    }

    /** The kind of failure. The names are part of the HTTP API and of the metrics. */
    public enum Reason {
        /** No usable reply: refused, reset, timeout, 5xx. The call may have worked all the same. */
        UNREACHABLE,
        /** 429: this IP has exceeded its limit. */
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
        /** No call was made: the weight budget was used up. */
        BUDGET;

        /** Whether the exchange itself did not answer. */
        public boolean isNoAnswer() {
            return switch (this) {
                case UNREACHABLE, GARBLED -> true;
                case THROTTLED, BANNED, BLOCKED, CREDENTIALS_REFUSED, NO_ACTIVE_KEY, BAD_REQUEST, GONE, BUDGET -> false;
            };
        }

        /** Whether the exchange orders this whole IP to stop calling. */
        public boolean isPause() {
            return this == THROTTLED || this == BANNED || this == BLOCKED;
        }

        /** Whether only an operator can fix it: another API key, another address, another version. */
        public boolean needsOperator() {
            return switch (this) {
                case CREDENTIALS_REFUSED, BAD_REQUEST, GONE -> true;
                case UNREACHABLE, THROTTLED, BANNED, BLOCKED, NO_ACTIVE_KEY, GARBLED, BUDGET -> false;
            };
        }
    }
}
