/**
 * What will happen to the leases, in numbers and in words: status, next step, and what an outage would cost. Start at {@link
 * dev.listenkeyd.forecast.Forecast}. Nothing here changes a lease.
 */
@NullMarked
package dev.listenkeyd.forecast;

import org.jspecify.annotations.NullMarked;
