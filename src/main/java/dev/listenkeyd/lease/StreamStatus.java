package dev.listenkeyd.lease;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The daemon's own connection to the stream of an account.
 *
 * @param connected whether one is open with the key in force
 * @param since when that began
 * @param lastEventAt when the last message came, null before the first
 */
public record StreamStatus(
        boolean connected, Instant since, @Nullable Instant lastEventAt) {}
