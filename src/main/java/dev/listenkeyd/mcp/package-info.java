/**
 * The tools for agents: a second thin face of {@link dev.listenkeyd.renewal.Leases}, over MCP. Every call goes through {@link
 * dev.listenkeyd.mcp.ToolCalls}, which asks the policy before anything happens and records what came of it; nothing is
 * decided here. Start there.
 */
@NullMarked
package dev.listenkeyd.mcp;

import org.jspecify.annotations.NullMarked;
