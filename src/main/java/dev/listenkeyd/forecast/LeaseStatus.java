package dev.listenkeyd.forecast;

/** How a lease stands, for people and alerts; derived by {@link Forecast#status}. */
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
