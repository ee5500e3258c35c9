package dev.listenkeyd.fleet;

import dev.listenkeyd.fleet.FleetListener.Takeover;
import dev.listenkeyd.fleet.FleetStore.Claimed;
import dev.listenkeyd.fleet.FleetStore.UnreadableException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** Accounts on their way to this member. Only {@link #expect} is thread-safe. */
final class Arrivals {
    private final FleetStore store;
    private final Claims claims;
    private final Gifts gifts;
    private final AwaitedAccounts awaited;
    /** May be this member's and are not here: given to it, or their rows were refused. */
    private final Set<String> arriving = ConcurrentHashMap.newKeySet();

    Arrivals(FleetStore store, Claims claims, Gifts gifts, AwaitedAccounts awaited) {
        this.store = store;
        this.claims = claims;
        this.gifts = gifts;
        this.awaited = awaited;
    }

    /** The account may be this member's. */
    void expect(String account) {
        arriving.add(account);
    }

    /** Another member owns the account. */
    void forget(String account) {
        arriving.remove(account);
    }

    boolean isEmpty() {
        return arriving.isEmpty();
    }

    /** Takes those of the expected accounts that are this member's now. */
    void adoptExpected() {
        if (arriving.isEmpty()) {
            return;
        }
        Set<String> accounts = Set.copyOf(arriving);
        Set<String> settled = claims.settled(accounts);
        List<Claimed> owned = store.owned(accounts);
        arriving.removeAll(accounts);
        claims.dropEnded(owned, settled);
        Map<Boolean, List<Claimed>> byAwaited =
                owned.stream().collect(Collectors.partitioningBy(one -> awaited.contains(one.account())));
        adopt(byAwaited.getOrDefault(true, List.of()), Takeover.REQUESTED);
        adopt(byAwaited.getOrDefault(false, List.of()), Takeover.GIVEN);
    }

    /**
     * Takes over leases without an owner, and deliveries that no live member makes.
     *
     * @return number of leases
     */
    int takeOver(int most) {
        List<Claimed> taken = store.takeOver(most);
        adopt(taken, Takeover.ORPHANED);
        return (int) taken.stream().filter(one -> one.lease() != null).count();
    }

    /** Takes accounts that are this member's from now on. */
    private void adopt(List<Claimed> claimed, Takeover cause) {
        List<String> later = claims.adopt(claimed, cause);
        if (cause != Takeover.ORPHANED) {
            gifts.cameBack(claimed);
        }
        arriving.addAll(later);
        for (Claimed one : claimed) {
            if (!later.contains(one.account())) {
                awaited.end(one.account(), null);
            }
        }
    }

    /** Claims an account that is waited for, or asks its owner for it. */
    void claim(String account, boolean create) {
        Set<String> settled = claims.settled(Set.of(account));
        try {
            Claimed claimed = store.claim(account, create);
            if (claimed != null) {
                claims.dropEnded(List.of(claimed), settled);
                adopt(List.of(claimed), Takeover.REQUESTED);
            }
        } catch (UnreadableException e) {
            awaited.end(account, e);
        }
    }
}
