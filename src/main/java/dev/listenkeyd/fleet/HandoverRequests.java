package dev.listenkeyd.fleet;

import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/** Accounts of this member that other members have asked for. Not thread-safe. */
final class HandoverRequests {

    /** Ids of the members that want them, by account. */
    private final Map<String, String> wantedBy = new HashMap<>();

    void add(String account, String member) {
        wantedBy.put(account, member);
    }

    void remove(String account) {
        wantedBy.remove(account);
    }

    boolean isEmpty() {
        return wantedBy.isEmpty();
    }

    /**
     * Gives those that can be given, and forgets them; the others wait, unless the member that wants them is gone.
     *
     * @param give takes the account and the id of a member; what it throws ends this, and the account waits
     */
    void give(List<Member> live, Predicate<String> canGive, BiConsumer<String, String> give) {
        for (Iterator<Map.Entry<String, String>> all = wantedBy.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<String, String> request = all.next();
            if (live.stream().noneMatch(member -> member.id().equals(request.getValue()))) {
                all.remove();
            } else if (canGive.test(request.getKey())) {
                give.accept(request.getKey(), request.getValue());
                all.remove();
            }
        }
    }
}
