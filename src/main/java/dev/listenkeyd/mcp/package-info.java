/**
 * Tools for agents, over MCP. A message passes {@link dev.listenkeyd.mcp.protocol.McpGuard}, then the library, then {@link
 * dev.listenkeyd.mcp.calls.ToolCalls}, and reaches a tool of {@link dev.listenkeyd.mcp.tools}.
 */
@NullMarked
package dev.listenkeyd.mcp;

import org.jspecify.annotations.NullMarked;
