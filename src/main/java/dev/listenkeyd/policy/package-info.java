/**
 * Permissions of agents. A policy is checked as a whole, and decides every call before anything else happens. Nothing here knows
 * JSON text, files, MCP or leases. Start at {@link dev.listenkeyd.policy.Policy#decide}.
 */
@NullMarked
package dev.listenkeyd.policy;

import org.jspecify.annotations.NullMarked;
