package dev.listenkeyd.policy;

/** What is done with calls of a tool. */
public enum ToolAction {
    ALLOW,
    DENY,
    REQUIRE_APPROVAL
}
