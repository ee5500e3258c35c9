package dev.listenkeyd.policy;

import java.time.Duration;

/**
 * Most calls of one tool by one session in a sliding window.
 *
 * @param rule its place in the policy, as a JSON pointer
 */
public record RateLimit(int max, Duration window, String rule) {}
