/**
 * Predicts the future of the leases, in numbers and in words: status, next step, and the cost of an outage. Nothing here
 * changes a lease. Start at {@link dev.listenkeyd.forecast.Forecast}.
 */
@NullMarked
package dev.listenkeyd.forecast;

import org.jspecify.annotations.NullMarked;
