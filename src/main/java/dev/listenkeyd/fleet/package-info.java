/**
 * Several replicas share the leases of one store. A {@link dev.listenkeyd.fleet.Member} is a running replica; it owns a lease by a
 * claim, which holds as long as the member prolongs its membership, by the store's clock alone. Claims of a member that has
 * stopped are taken over, nearest deadline first; claims are given away to spread the leases, to serve a command elsewhere, and
 * before a stop. Renewing twice is harmless at the exchange, so ownership may overlap for an instant, but is never missing for
 * longer than it takes to notice that a member is gone. (In the other packages, as in {@link dev.listenkeyd.lease.FleetEvent}, the
 * fleet is all leases of one daemon.) Start at {@link dev.listenkeyd.fleet.Fleet}.
 */
@NullMarked
package dev.listenkeyd.fleet;

import org.jspecify.annotations.NullMarked;
