package dev.listenkeyd.forecast;

/** The status of a lease as users see it; derived by {@link Forecast#status}. */
public enum LeaseStatus {
    /** Registered; no call has succeeded yet. */
    PENDING,
    ACTIVE,
    /** The key lives; the last attempt failed and retries go on. */
    RETRYING,
    /** The key lives, but will die unless something changes or an operator acts. */
    AT_RISK,
    /** No live key. */
    LOST,
    /** By a person, for maintenance: no call is made; its key may live or not. */
    PAUSED
}
