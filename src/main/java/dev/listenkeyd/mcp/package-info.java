/**
 * The tools for agents: a second thin face of {@link dev.listenkeyd.registration.Leases}, over MCP. A message comes through {@link
 * dev.listenkeyd.mcp.McpGuard} to the library, and from there to {@link dev.listenkeyd.mcp.ToolCalls}, the one way to every
 * tool: it asks the policy before anything happens, and records what came of it. Start there.
 */
@NullMarked
package dev.listenkeyd.mcp;

import org.jspecify.annotations.NullMarked;
