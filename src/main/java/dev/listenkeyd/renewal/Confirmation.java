package dev.listenkeyd.renewal;

/** When a POST asks, after a PUT, which key is the active one: a PUT extends blindly. */
public enum Confirmation {
    /** While half of the budget is free and nothing else is due. */
    AUTO,
    ALWAYS,
    NEVER
}
