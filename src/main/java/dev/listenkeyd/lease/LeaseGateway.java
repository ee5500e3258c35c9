package dev.listenkeyd.lease;

/**
 * The exchange, as far as a lease needs it. Each method makes at most one call, is bounded in time, and returns an outcome; it never throws for anything that the exchange or the network does. Every call needs a permit of the gate.
 */
public interface LeaseGateway {

    /** PUT: extends the active key, whichever it is. Never creates one. */
    RenewalOutcome extend(Lease lease);

    /** POST: extends and names the active key, and creates one when there is none. */
    RenewalOutcome activeKey(Lease lease);

    /** DELETE: closes the active key, for every program that uses it. {@link RenewalOutcome.Renewed} when it is closed. */
    RenewalOutcome close(Lease lease);
}
