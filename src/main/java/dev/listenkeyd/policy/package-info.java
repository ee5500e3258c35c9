/**
 * What an agent may do: a policy is a value that was checked as a whole, and decides every call before anything else
 * happens. Knows nothing of JSON text, files, MCP or leases; time comes from outside. Start at {@link
 * dev.listenkeyd.policy.Policy#decide}.
 */
@NullMarked
package dev.listenkeyd.policy;

import org.jspecify.annotations.NullMarked;
