/**
 * The engine: when a lease is renewed, what a reply means for it, and the registry of all live leases. Start at {@link
 * dev.listenkeyd.renewal.RenewalEngine#tick}: it takes what is due from {@link dev.listenkeyd.renewal.Schedule}, a {@link
 * dev.listenkeyd.renewal.RenewalAttempt} makes the call, {@link dev.listenkeyd.renewal.LeaseTransitions} decides what follows.
 */
@NullMarked
package dev.listenkeyd.renewal;

import org.jspecify.annotations.NullMarked;
