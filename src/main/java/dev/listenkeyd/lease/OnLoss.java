package dev.listenkeyd.lease;

/** The reaction to a lost listen key. */
public enum OnLoss {
    /** A POST creates a new key; the generation grows. */
    RECREATE,
    /** No key is created; the lease stays lost until a holder acts. */
    REPORT
}
