package dev.listenkeyd.policy;

/**
 * A call of a tool, as far as a policy decides by it.
 *
 * @param client that sent the call: the grant
 * @param session of the agent, unique within its client
 */
public record Call(String client, String session, String tool) {}
