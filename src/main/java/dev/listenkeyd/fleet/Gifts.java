package dev.listenkeyd.fleet;

import dev.listenkeyd.fleet.FleetStore.Claimed;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** Gives accounts to other members. */
final class Gifts {
    private final FleetStore store;
    private final Claims claims;
    /** A command for one of these waits until it is given: a change in between would be refused by the store. Thread-safe. */
    private final Set<String> leaving = ConcurrentHashMap.newKeySet();

    /**
     * Members that got an account from this one, by account, until they or others gave it back. When nobody did, the members could not
     * read the lease, and are not given it again.
     */
    private final Map<String, Set<String>> given = new HashMap<>();

    Gifts(FleetStore store, Claims claims) {
        this.store = store;
        this.claims = claims;
    }

    /**
     * Gives leases, as far as they can be given now, so that no receiver gets all that are due soon.
     *
     * @param numbers of leases, by the ids of the members that receive them
     * @param nearest whether those with the nearest deadlines are given: this member can't renew them in time. Otherwise they are taken
     *     from all deadlines alike, so that this member and its receivers go on evenly
     * @throws StoreException when the store can't be reached
     */
    void spread(Map<String, Integer> numbers, boolean nearest) {
        int most = numbers.values().stream().mapToInt(number -> number).sum();
        if (most == 0) {
            return;
        }
        List<String> accounts = claims.givable()
                .filter(account -> numbers.keySet().stream().anyMatch(id -> canRead(id, account)))
                .toList();
        int count = Math.min(most, accounts.size());
        Map<String, List<String>> dealt = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            String account = accounts.get(nearest ? i : (int) ((long) i * accounts.size() / count));
            numbers.entrySet().stream()
                    .filter(one -> given(dealt, one.getKey()).size() < one.getValue() && canRead(one.getKey(), account))
                    .min(Comparator.comparingDouble(
                            one -> (given(dealt, one.getKey()).size() + 1.0) / one.getValue()))
                    .ifPresent(one -> given(dealt, one.getKey()).add(account));
        }
        dealt.forEach(this::give);
    }

    private static List<String> given(Map<String, List<String>> dealt, String to) {
        return dealt.computeIfAbsent(to, id -> new ArrayList<>());
    }

    private boolean canRead(String to, String account) {
        return !given.getOrDefault(account, Set.of()).contains(to);
    }

    /** Gives these accounts. */
    void give(String to, List<String> accounts) {
        if (accounts.isEmpty()) {
            return;
        }
        leaving.addAll(accounts);
        try {
            Set<String> gone = store.give(to, accounts);
            gone.forEach(claims::given);
            gone.forEach(account ->
                    given.computeIfAbsent(account, first -> new HashSet<>()).add(to));
        } finally {
            accounts.forEach(leaving::remove);
        }
    }

    /** These were given to this member, or asked for by it. */
    void cameBack(List<Claimed> accounts) {
        accounts.forEach(one -> given.remove(one.account()));
    }

    /** The account has no lease any more. */
    void ended(String account) {
        given.remove(account);
    }

    /** Forgets what was given to members that are gone: nobody can tell whether they could read it. */
    void toOnly(List<Member> live) {
        Set<String> ids = live.stream().map(Member::id).collect(Collectors.toSet());
        given.values().forEach(members -> members.retainAll(ids));
        given.values().removeIf(Set::isEmpty);
    }

    /** Whether the account is being given. */
    boolean isLeaving(String account) {
        return leaving.contains(account);
    }
}
