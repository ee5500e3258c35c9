package dev.listenkeyd.accounts;

/** The changes of leases that follow from files. */
public enum FolderChange {
    /** A new lease. */
    CREATED,
    /** The configuration holds a lease of others, too. */
    JOINED,
    /** Another API key is in force. */
    API_KEY_REPLACED,
    RELEASED
}
