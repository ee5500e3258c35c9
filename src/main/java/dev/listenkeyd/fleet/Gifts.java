package dev.listenkeyd.fleet;

import dev.listenkeyd.lease.LeaseStore.StoreException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Gives accounts to other members. */
final class Gifts {
    private final FleetStore store;
    private final Claims claims;
    /** A command for one of these waits until it is given: a change in between would be refused by the store. Thread-safe. */
    private final Set<String> leaving = ConcurrentHashMap.newKeySet();

    Gifts(FleetStore store, Claims claims) {
        this.store = store;
        this.claims = claims;
    }

    /**
     * Gives leases, nearest deadline first, as far as they can be given now.
     *
     * @throws StoreException when the store can't be reached
     */
    void give(String to, int most) {
        give(to, claims.givable().limit(most).toList());
    }

    /** As {@link #give(String, int)}, these accounts. */
    void give(String to, List<String> accounts) {
        if (accounts.isEmpty()) {
            return;
        }
        leaving.addAll(accounts);
        try {
            store.give(to, accounts).forEach(claims::given);
        } finally {
            accounts.forEach(leaving::remove);
        }
    }

    /** Whether the account is being given. */
    boolean isLeaving(String account) {
        return leaving.contains(account);
    }
}
