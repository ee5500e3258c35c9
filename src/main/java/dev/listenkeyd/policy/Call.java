package dev.listenkeyd.policy;

/**
 * A call that waits for a decision.
 *
 * @param client whose token it came with: the grant
 * @param session of the agent; another client's session of the same name is another one
 */
public record Call(String client, String session, String tool) {}
