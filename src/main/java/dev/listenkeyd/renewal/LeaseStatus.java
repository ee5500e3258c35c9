package dev.listenkeyd.renewal;

/** How a lease stands, for people and alerts; derived by {@link Prognosis#status}. */
public enum LeaseStatus {
    /** Registered, no success yet. */
    PENDING,
    ACTIVE,
    /** The last attempt failed, retries go on. */
    RETRYING,
    /** Alive, but it will die unless something changes or somebody acts. */
    AT_RISK,
    /** No live key. */
    LOST
}
