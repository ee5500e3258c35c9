package dev.listenkeyd.notify;

import dev.listenkeyd.lease.EventType;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.FeedEvent.LeaseFacts;
import java.util.HashMap;
import java.util.Map;

/**
 * The newest revision of each lease that an event has told. When the owner of a lease changes, events of the old and the new one may
 * come here in either order: one that is older than what was told is out of date. Not thread-safe.
 */
final class ToldRevisions {
    private final Map<String, Long> revisions = new HashMap<>();

    /** Takes an event; returns whether it may be told. */
    boolean isNews(FeedEvent event) {
        LeaseFacts lease = event.lease();
        if (lease == null) {
            return true;
        }
        Long known = revisions.get(lease.account());
        // The end of a lease, and that its key is at risk, have the revision of the change before them.
        boolean isSame = known != null && known == lease.revision();
        boolean isNews = known == null
                || lease.revision() > known
                || (isSame && (event.type() == EventType.RELEASED || event.type() == EventType.AT_RISK));
        if (isNews) {
            revisions.put(lease.account(), lease.revision());
        }
        return isNews;
    }
}
