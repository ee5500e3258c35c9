package dev.listenkeyd.fleet;

import dev.listenkeyd.fleet.FleetListener.Takeover;
import dev.listenkeyd.fleet.FleetStore.Claimed;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.renewal.LeaseOwnership;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.renewal.RenewalEngine;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
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
    private final Map<Takeover, Integer> takeovers = new ConcurrentHashMap<>();

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
            if (lease != null && isOutdated(one.account(), lease)) {
                // Another member owned it in between.
                ownership.drop(one.account());
            }
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
            takeovers.merge(cause, leases, Integer::sum);
            listener.takenOver(cause, leases);
        }
        return later;
    }

    /**
     * Whether the lease here is not the one on record: other members owned it since, and have changed or ended it. Not certain for
     * one that has ended: it may have been registered here after the record was read.
     *
     * @param row the lease of an account that this member owns, as it is on record; null when there is none
     */
    boolean isOutdated(String account, @Nullable Lease row) {
        Lease own = registry.find(account);
        // While a write of its own is under way, a newer row may be that.
        return own != null && ownership.isSettled(account) && (row == null || row.version() > own.version());
    }

    /** Of these accounts, those whose leases are here and were on record before now. */
    Set<String> settled(Collection<String> accounts) {
        return accounts.stream()
                .filter(account -> isHere(account) && ownership.isSettled(account))
                .collect(Collectors.toSet());
    }

    /**
     * Lets go of leases that other members have ended.
     *
     * @param settled were on record before the accounts were read
     */
    void dropEnded(List<Claimed> claimed, Set<String> settled) {
        for (Claimed one : claimed) {
            if (one.lease() == null && settled.contains(one.account()) && ownership.isSettled(one.account())) {
                forget(one.account());
                listener.changed(one.account());
            }
        }
    }

    /**
     * Lets go of an account that another member owns; {@link #find} goes on to see the lease. Its pending deliveries are still made here,
     * since the other member may know of none.
     */
    void drop(String account) {
        Lease last = registry.find(account);
        if (last != null) {
            view.put(last);
        }
        forget(account);
    }

    /** Its calls would count as needed here, although nobody here makes them. */
    private void forget(String account) {
        ownership.drop(account);
        engine.drop(account);
    }

    /** As {@link #drop}, of an account that was given away, with its deliveries. */
    void given(String account) {
        drop(account);
        listener.deliveriesGiven(account);
    }

    /** Number of leases that were adopted. */
    Map<Takeover, Integer> takeovers() {
        return Map.copyOf(takeovers);
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
