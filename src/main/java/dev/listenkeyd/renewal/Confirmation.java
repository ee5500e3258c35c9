package dev.listenkeyd.renewal;

/** Whether a POST follows a PUT to find out which key is active, since a PUT extends blindly. */
public enum Confirmation {
    /** While half of the budget is free and nothing else is due. */
    AUTO,
    ALWAYS,
    NEVER;

    /** Minimum number of calls of a renewal. */
    int callsPerRenewal() {
        return this == ALWAYS ? 2 : 1;
    }
}
