/**
 * Calls of agents that wait for a person: bounded, and decided once, by whoever is first of a person, the clock and the agent
 * that hangs up. Knows nothing of MCP or HTTP. Start at {@link dev.listenkeyd.approval.Approvals}.
 */
@NullMarked
package dev.listenkeyd.approval;

import org.jspecify.annotations.NullMarked;
