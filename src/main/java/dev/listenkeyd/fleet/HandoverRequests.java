package dev.listenkeyd.fleet;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Accounts of this member that other members have asked for. Not thread-safe. */
final class HandoverRequests {

    /** Accounts that are given at once, so that the next beat is not late. */
    private static final int GIVEN_AT_ONCE = 200;

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
     * Removes those that can be given now; the others wait, unless the member that wants them is gone. When one could not be given after
     * all, the member asks again.
     *
     * @return accounts by the id of the member that wants them
     */
    Map<String, List<String>> take(List<Member> live, Predicate<String> canGive) {
        Map<String, List<String>> taken = new HashMap<>();
        int left = GIVEN_AT_ONCE;
        for (Iterator<Map.Entry<String, String>> all = wantedBy.entrySet().iterator(); left > 0 && all.hasNext(); ) {
            Map.Entry<String, String> request = all.next();
            boolean isGone = live.stream().noneMatch(member -> member.id().equals(request.getValue()));
            if (!isGone && canGive.test(request.getKey())) {
                taken.computeIfAbsent(request.getValue(), member -> new ArrayList<>())
                        .add(request.getKey());
                all.remove();
                left--;
            } else if (isGone) {
                all.remove();
            }
        }
        return taken;
    }
}
