/**
 * What everything else speaks of: a lease and its states, what happened to it, and the two ports of the core, to the exchange
 * and to the store. No decisions are made here. Start at {@link dev.listenkeyd.lease.Lease}.
 */
@NullMarked
package dev.listenkeyd.lease;

import org.jspecify.annotations.NullMarked;
