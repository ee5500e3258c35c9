/**
 * The MCP endpoint: what is checked of a message before the library sees it, and the tools as the library knows them. Start at
 * {@link dev.listenkeyd.mcp.protocol.McpGuard}.
 */
@NullMarked
package dev.listenkeyd.mcp.protocol;

import org.jspecify.annotations.NullMarked;
