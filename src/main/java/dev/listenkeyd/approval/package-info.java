/**
 * Calls of agents that wait for a person. Their number is bounded, and each ends once: by a person, at any replica, by the clock, or
 * by the agent that hangs up. Nothing here knows MCP or HTTP. Start at {@link dev.listenkeyd.approval.Approvals}.
 */
@NullMarked
package dev.listenkeyd.approval;

import org.jspecify.annotations.NullMarked;
