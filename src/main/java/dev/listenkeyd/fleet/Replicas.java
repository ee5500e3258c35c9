package dev.listenkeyd.fleet;

import java.util.List;

/** The live replicas, this one included, as of the last beat; empty while the shared store can't be reached. */
public interface Replicas {

    /** {@link Member#id} of this one. */
    String id();

    List<Member> members();
}
