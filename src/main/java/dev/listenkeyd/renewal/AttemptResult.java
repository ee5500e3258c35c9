package dev.listenkeyd.renewal;

import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.RenewalOutcome;
import org.jspecify.annotations.Nullable;

/**
 * The result of an attempt, for the caller who asked for it.
 *
 * @param lease after the attempt; null when it has ended
 * @param outcome null when the caller's time was over before an outcome was known
 */
public record AttemptResult(@Nullable Lease lease, @Nullable RenewalOutcome outcome) {}
