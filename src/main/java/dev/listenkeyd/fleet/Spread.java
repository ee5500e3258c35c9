package dev.listenkeyd.fleet;

import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How many leases each member should own, and how many it gives to whom. Every member computes the same from the same reports. */
final class Spread {

    /** Leases that a member gives away at once, so that its receivers take them step by step. */
    static final int GIVEN_AT_ONCE = 1000;

    /** A member keeps up to this part more than its share, so that leases don't wander to and fro. */
    private static final int SLACK_SHARE = 50;

    private static final int LEAST_SLACK = 1;

    private final List<Member> members;
    private final Map<String, Integer> shares;

    /**
     * @param members all live ones
     * @param unowned leases that none of them owns
     */
    Spread(List<Member> members, int unowned) {
        this.members = members;
        this.shares = shares(
                members, unowned + members.stream().mapToInt(Member::leases).sum());
    }

    /** In proportion to the weights, rounded so that they sum up to all leases; equal ones while nobody may call. */
    private static Map<String, Integer> shares(List<Member> members, int leases) {
        List<Member> ordered = members.stream()
                .sorted(Comparator.comparingInt(Member::weight).reversed().thenComparing(Member::id))
                .toList();
        boolean nobody = ordered.stream().allMatch(member -> member.weight() == 0);
        long weightLeft =
                ordered.stream().mapToLong(member -> weight(member, nobody)).sum();
        int left = leases;
        Map<String, Integer> shares = new HashMap<>();
        for (Member member : ordered) {
            long weight = weight(member, nobody);
            // Of what is left, so that no rounding adds up; rounded up for the greatest.
            int share = weightLeft == 0 ? 0 : (int) ((left * weight + weightLeft - 1) / weightLeft);
            shares.put(member.id(), share);
            left -= share;
            weightLeft -= weight;
        }
        return shares;
    }

    private static long weight(Member member, boolean nobody) {
        return nobody ? 1 : member.weight();
    }

    /** How many leases the member should own. */
    int share(String id) {
        return shares.getOrDefault(id, 0);
    }

    /** How many leases this member gives now, by the ids of those that receive them. */
    Map<String, Integer> gifts(Member giver) {
        int excess = excess(giver);
        Map<String, Integer> gifts = new LinkedHashMap<>();
        if (excess <= slack(giver)) {
            return gifts;
        }
        int most = Math.min(excess, GIVEN_AT_ONCE);
        int left = most;
        long excessOfAll = members.stream().mapToLong(this::excess).sum();
        for (Member receiver : members) {
            long room = share(receiver.id()) - (long) receiver.leases();
            // Others give to this receiver at the same time: each fills its part of the room, and no receiver's room
            // first.
            int gift = room <= 0 ? 0 : (int) Math.min(left, (room * most + excessOfAll - 1) / excessOfAll);
            if (gift > 0) {
                gifts.put(receiver.id(), gift);
                left -= gift;
            }
        }
        return gifts;
    }

    private int excess(Member member) {
        return Math.max(0, member.leases() - share(member.id()));
    }

    private int slack(Member member) {
        return member.weight() == 0 ? 0 : Math.max(LEAST_SLACK, share(member.id()) / SLACK_SHARE);
    }
}
