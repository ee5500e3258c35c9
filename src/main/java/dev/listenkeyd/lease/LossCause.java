package dev.listenkeyd.lease;

/** Why a listen key died. */
public enum LossCause {
    /** The deadline passed without a successful call. */
    EXPIRED,
    /** Before the deadline the exchange said that the key is gone, or named another one. */
    CLOSED_ELSEWHERE
}
