package dev.listenkeyd.renewal;

import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.RenewalOutcome;
import org.jspecify.annotations.Nullable;

/**
 * The result of an attempt, for the caller who asked for it.
 *
 * @param lease after the attempt; null when it has ended
 * @param outcome null when no call left within the caller's patience
 */
public record AttemptResult(@Nullable Lease lease, @Nullable RenewalOutcome outcome) {}
