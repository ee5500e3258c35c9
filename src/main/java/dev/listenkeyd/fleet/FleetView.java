package dev.listenkeyd.fleet;

import dev.listenkeyd.lease.Lease;
import java.util.Collection;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** The leases that other members own, as the store has them. Thread-safe. */
final class FleetView {
    private final NavigableMap<String, Lease> leases = new ConcurrentSkipListMap<>();
    /** Ids of members, alive or not, by account. */
    private final Map<String, String> owners = new ConcurrentHashMap<>();

    @Nullable
    Lease find(String account) {
        return leases.get(account);
    }

    Collection<Lease> after(String account) {
        return leases.tailMap(account, false).values();
    }

    /** Takes a lease, unless a newer version is known; returns whether that changed anything. */
    boolean put(Lease lease) {
        Lease before = leases.get(lease.account());
        Lease after = leases.merge(lease.account(), lease, (known, other) -> isNewer(known, other) ? known : other);
        return !after.equals(before);
    }

    private static boolean isNewer(Lease known, Lease other) {
        return known.version() > other.version();
    }

    /** @param owner null for none */
    void own(String account, @Nullable String owner) {
        if (owner == null) {
            owners.remove(account);
        } else {
            owners.put(account, owner);
        }
    }

    @Nullable
    String ownerOf(String account) {
        return owners.get(account);
    }

    /** Returns whether there was one. */
    boolean remove(String account) {
        return leases.remove(account) != null;
    }
}
