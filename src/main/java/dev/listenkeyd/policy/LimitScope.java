package dev.listenkeyd.policy;

/** Whose calls a limit counts together. */
public enum LimitScope {
    /** Those of one client, in all of its sessions. */
    GRANT,
    /** Those of one session. */
    SESSION,
    /** Those of all clients whose policy names the counter. */
    SERVER
}
