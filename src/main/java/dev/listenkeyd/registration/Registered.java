package dev.listenkeyd.registration;

import dev.listenkeyd.lease.Lease;
import org.jspecify.annotations.Nullable;

/**
 * The result of a registration.
 *
 * @param created whether this request created the lease
 * @param replaced whether this request replaced its API key
 * @param adopted whether the listen key of the request is the active one; null without one, or when the exchange could not be asked yet
 */
public record Registered(
        Lease lease,
        boolean created,
        boolean replaced,
        @Nullable Boolean adopted) {}
