package dev.listenkeyd.fleet;

import dev.listenkeyd.lease.EventType;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.simulation.EventHistory;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.NullUnmarked;

/**
 * A subscriber of one replica hears of a lease in the order of its revisions, and of each once; an end has the revision that it ends.
 * The feed leaves out what comes too late from another replica; the replica's own events never do.
 */
@NullUnmarked
final class SubscriberInvariants {
    private final EventHistory history;
    private final Map<MemberProcess, Map<String, Long>> heard = new HashMap<>();

    /** Who told of a revision, by account and place. */
    private final Map<String, Map<Long, String>> tellers = new HashMap<>();

    long own;
    long foreign;
    /** Events of others that came after a newer one. */
    long late;

    SubscriberInvariants(EventHistory history) {
        this.history = history;
    }

    /** An event of the replica's own. */
    void told(MemberProcess process, RenewalEvent event) {
        if (Objects.equals(event.before(), event.after())) {
            return;
        }
        own++;
        String account = event.lease().account();
        long place = place(event.lease().version(), event.after() == null);
        String by = tellers.computeIfAbsent(account, any -> new HashMap<>()).putIfAbsent(place, process.id);
        history.check(
                by == null || by.equals(process.id),
                account,
                () -> process.id + " tells of revision " + place / 2 + ", as " + by + " has");
        Long before = heard(process).put(account, place);
        history.check(
                before == null || before < place,
                account,
                () -> process.id + " tells of revision " + place / 2 + " after " + before / 2
                        + (before % 2 == 1 ? ", an end" : ""));
    }

    /** One of another replica. */
    void told(MemberProcess process, FeedEvent event) {
        long place = place(event.lease().revision(), event.type() == EventType.RELEASED);
        Long before = heard(process).get(event.account());
        if (before == null || before < place) {
            foreign++;
            heard(process).put(event.account(), place);
        } else {
            late++;
            history.accept(
                    event.account(),
                    process.id + " leaves out revision " + place / 2 + " after " + before / 2 + ": " + event.seq());
        }
    }

    private static long place(long revision, boolean end) {
        return 2 * revision + (end ? 1 : 0);
    }

    private Map<String, Long> heard(MemberProcess process) {
        return heard.computeIfAbsent(process, any -> new HashMap<>());
    }
}
