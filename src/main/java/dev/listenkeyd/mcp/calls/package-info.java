/**
 * One call of a tool, from the decision of the policy to its audit row. Start at {@link dev.listenkeyd.mcp.calls.ToolCalls}, the
 * only way to a tool.
 */
@NullMarked
package dev.listenkeyd.mcp.calls;

import org.jspecify.annotations.NullMarked;
