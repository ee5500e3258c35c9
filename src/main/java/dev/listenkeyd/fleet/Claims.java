package dev.listenkeyd.fleet;

import dev.listenkeyd.fleet.FleetListener.Takeover;
import dev.listenkeyd.fleet.FleetStore.Claimed;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.renewal.LeaseOwnership;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.renewal.RenewalEngine;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Brings claimed leases into the registry and under the engine's care, and lets go of those that others have claimed. */
final class Claims {
    private static final Comparator<Lease> BY_DEADLINE = Comparator.comparing(
                    Lease::expiresAt, Comparator.nullsFirst(Comparator.naturalOrder()))
            .thenComparing(Lease::account);

    private final LeaseRegistry registry;
    private final LeaseOwnership ownership;
    private final RenewalEngine engine;
    private final FleetView view;
    private final FleetListener listener;

    Claims(LeaseRegistry registry, RenewalEngine engine, FleetView view, FleetListener listener) {
        this.registry = registry;
        this.ownership = registry.ownership();
        this.engine = engine;
        this.view = view;
        this.listener = listener;
    }

    int size() {
        return registry.size();
    }

    /** Whether this member carries the account's lease. */
    boolean isHere(String account) {
        return registry.find(account) != null;
    }

    /** A lease as it can be seen here, whoever owns it; null when there is none. */
    @Nullable
    Lease find(String account) {
        Lease own = registry.find(account);
        Lease other = own == null ? view.find(account) : own;
        // It may have come here in between.
        return other == null ? registry.find(account) : other;
    }

    /**
     * Takes accounts that are this member's from now on.
     *
     * @return accounts whose leases could not be taken yet, since an earlier write of theirs has not ended; try again
     */
    List<String> adopt(List<Claimed> claimed, Takeover cause) {
        List<String> later = new ArrayList<>();
        int leases = 0;
        for (Claimed one : claimed) {
            ownership.ended(one.endedVersion());
            Lease lease = one.lease();
            if (lease != null && ownership.adopt(lease)) {
                view.remove(one.account());
                engine.adopt(lease);
                listener.changed(one.account());
                leases++;
            } else if (lease != null && !isHere(one.account())) {
                later.add(one.account());
            }
            if (!one.deliveries().isEmpty()) {
                listener.deliveriesTaken(one.deliveries());
            }
        }
        if (leases > 0) {
            listener.takenOver(cause, leases);
        }
        return later;
    }

    /** Lets go of an account that another member owns; {@link #find} goes on to see the lease. */
    void drop(String account) {
        Lease last = registry.find(account);
        if (last != null) {
            view.put(last);
        }
        ownership.drop(account);
        listener.deliveriesGiven(account);
    }

    /** Whether the account can be given away: all that is known of it is on disk, and nothing is done for it. */
    boolean canGive(String account) {
        return ownership.isSettled(account) && !engine.isAwaited(account);
    }

    /** Accounts of leases that can be given away, nearest deadline first. */
    Stream<String> givable() {
        return registry.all().stream().sorted(BY_DEADLINE).map(Lease::account).filter(this::canGive);
    }
}
