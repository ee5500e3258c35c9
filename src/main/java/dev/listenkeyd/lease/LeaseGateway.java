package dev.listenkeyd.lease;

/**
 * The exchange, as far as a lease needs it. Each method makes at most one call, is bounded in time, and answers with an
 * outcome: nothing the exchange or the network does is an exception. No method may be called without the gate's leave.
 */
public interface LeaseGateway {

    /** PUT: extends whatever key is active. Never creates one. */
    RenewalOutcome extend(Lease lease);

    /** POST: extends and names the active key, and creates one when there is none. */
    RenewalOutcome activeKey(Lease lease);

    /** DELETE: closes the active key, for every program that uses it. {@link RenewalOutcome.Renewed} when it is closed. */
    RenewalOutcome close(Lease lease);
}
