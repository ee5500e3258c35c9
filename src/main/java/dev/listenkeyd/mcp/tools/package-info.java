/**
 * The tools: a second thin face of {@link dev.listenkeyd.registration.Leases}, beside the HTTP API. Start at {@link
 * dev.listenkeyd.mcp.tools.RenewTool}.
 */
@NullMarked
package dev.listenkeyd.mcp.tools;

import org.jspecify.annotations.NullMarked;
