package dev.listenkeyd.fleet;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A running replica, as it reported itself last.
 *
 * @param id of this process; another one with each start
 * @param replica its configured name
 * @param startedAt by the store's clock
 * @param lastBeatAt by the store's clock
 * @param leases number of leases that it owns
 * @param weight request weight per window that its share of the leases follows, see {@link FleetWeight}; 0 takes no leases and gives
 *     its own away
 */
public record Member(String id, String replica, Instant startedAt, Instant lastBeatAt, int leases, int weight) {
    static final Comparator<Member> BY_WEIGHT = Comparator.comparingInt(Member::weight);

    /** The configured name of the member with this id; null when it is not among these. */
    static @Nullable String nameOf(@Nullable String id, List<Member> members) {
        for (Member member : members) {
            if (member.id().equals(id)) {
                return member.replica();
            }
        }
        return null;
    }
}
