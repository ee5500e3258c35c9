package dev.listenkeyd.fleet;

import dev.listenkeyd.fleet.FleetListener.Takeover;
import dev.listenkeyd.fleet.FleetStore.Beat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The replicas that share the leases, this one included. */
public interface Replicas {

    /** {@link Member#id} of this one. */
    String id();

    /** The result of the last beat; without members while the shared store can't be reached. */
    Beat lastBeat();

    /** The live replicas; empty while the shared store can't be reached. */
    default List<Member> members() {
        return lastBeat().members();
    }

    /** Number of leases that no live replica owned at the last beat; 0 without a shared store. */
    default int unowned() {
        return lastBeat().unowned();
    }

    /** Name of the live replica that owns the account's lease; null when none does, and without a shared store. */
    @Nullable
    String ownerOf(String account);

    /** The leases that this one can't read: why, by account. */
    default Map<String, String> unreadable() {
        return Map.of();
    }

    /** Number of leases that this one has taken over since it started; a cause without any is left out. */
    Map<Takeover, Integer> takeovers();
}
