/**
 * Calls of agents that wait for a person. Their number is bounded, and each ends once: by a person, the clock, or the agent that
 * hangs up. Nothing here knows MCP or HTTP. Start at {@link dev.listenkeyd.approval.Approvals}.
 */
@NullMarked
package dev.listenkeyd.approval;

import org.jspecify.annotations.NullMarked;
