package dev.listenkeyd.policy;

import java.time.Duration;

/**
 * Most calls of one tool that a session makes in any stretch of time as long as this.
 *
 * @param rule where it stands in the policy, as a JSON pointer
 */
public record RateLimit(int max, Duration window, String rule) {}
