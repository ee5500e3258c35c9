package dev.listenkeyd.renewal;

/** When a POST asks, after a PUT, which key is the active one: a PUT extends blindly. */
public enum Confirmation {
    /** While half of the budget is free and nothing else is due. */
    AUTO,
    ALWAYS,
    NEVER;

    /** Calls that a renewal takes at least. */
    int callsPerRenewal() {
        return this == ALWAYS ? 2 : 1;
    }
}
