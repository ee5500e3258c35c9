package dev.listenkeyd.lease;

/** What follows when a listen key is lost. */
public enum OnLoss {
    /** One POST makes a new key; the generation grows. */
    RECREATE,
    /** Nothing is created: the lease stays lost until a holder decides. */
    REPORT
}
