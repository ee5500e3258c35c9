package dev.listenkeyd.fleet;

import dev.listenkeyd.lease.Delivery;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import java.util.List;

/** Sees what other members do. Its methods must neither block nor throw. */
public interface FleetListener {

    /** Why this member owns a lease that another one owned. */
    enum Takeover {
        /** Its owner was gone. */
        ORPHANED,
        /** Its owner gave it, to spread the leases or before a stop. */
        GIVEN,
        /** A command for it came here. */
        REQUESTED
    }

    /** A lease that another member owns has changed or ended, or has another owner. */
    void changed(String account);

    /** Another member has told an event; the view has its change already. */
    void told(FeedEvent event);

    /** This member makes these deliveries from now on. */
    void deliveriesTaken(List<Delivery> deliveries);

    /** Another member makes the account's deliveries from now on. */
    void deliveriesGiven(String account);

    /** This member owns these leases from now on. */
    void takenOver(Takeover cause, int leases);

    /** The store could be reached; told with each beat. */
    void reached();

    /** The store could not be reached; told with each failure. */
    void failed(StoreException failure);
}
