/**
 * The values of the core: a lease, its states and its events; and its two ports, to the exchange and to the store. Nothing
 * here decides. Start at {@link dev.listenkeyd.lease.Lease}.
 */
@NullMarked
package dev.listenkeyd.lease;

import org.jspecify.annotations.NullMarked;
