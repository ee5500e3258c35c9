package dev.listenkeyd.policy;

/**
 * Most calls in a window. Limits that name the same counter, window and scope count together, whatever tool they belong
 * to; each judges the common count by its own {@code max}.
 *
 * @param rule where it stands in the policy, as a JSON pointer
 */
public record Limit(String counter, Window window, int max, LimitScope scope, String rule) {}
