package dev.listenkeyd.lease;

/** Why a listen key died. */
public enum LossCause {
    /** Our deadline passed without a successful call. */
    EXPIRED,
    /** The exchange said before our deadline that the key is gone, or named another one. */
    CLOSED_ELSEWHERE
}
