/**
 * Log lines, metrics and health, made from the core's events and its live leases. Nothing here decides. Start at {@link
 * dev.listenkeyd.telemetry.RenewalLog}.
 */
@NullMarked
package dev.listenkeyd.telemetry;

import org.jspecify.annotations.NullMarked;
