package dev.listenkeyd.fleet;

import java.util.List;

/** The live replicas, this one included, as of the last beat; empty while the shared store can't be reached. */
public interface Replicas {

    /** {@link Member#id} of this one. */
    String id();

    List<Member> members();

    /** Number of leases that no live replica owned at the last beat; 0 without a shared store. */
    int unowned();
}
