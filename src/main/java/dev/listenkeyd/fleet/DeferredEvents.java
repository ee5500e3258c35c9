package dev.listenkeyd.fleet;

import dev.listenkeyd.lease.EventType;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.FeedEvent.LeaseFacts;
import dev.listenkeyd.lease.Lease;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Events of other members that wait until their changes can be seen here: a subscriber that begins between an event and its change
 * would miss both. Not thread-safe.
 */
final class DeferredEvents {

    /** Polls that an event waits; its change may never come, when it was not written. */
    static final int LONGEST = 50;

    /** Ids that are remembered: far more than two polls have in common. */
    private static final int KNOWN = 10_000;

    private static final class Held {
        private final FeedEvent event;
        private int polls;

        private Held(FeedEvent event) {
            this.event = event;
        }
    }

    /** Ids of the newest events. */
    private final Set<String> known = Collections.newSetFromMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > KNOWN;
        }
    });

    private final Deque<Held> waiting = new ArrayDeque<>();
    private final Function<String, @Nullable Lease> leases;

    /** @param leases as they can be seen here, by account */
    DeferredEvents(Function<String, @Nullable Lease> leases) {
        this.leases = leases;
    }

    /** Takes the events of a poll, of which some may be known already; returns those that can be told now, each account's in their order. */
    List<FeedEvent> release(List<FeedEvent> more) {
        more.stream().filter(event -> known.add(event.id())).forEach(event -> waiting.add(new Held(event)));
        Map<String, Long> ends = ends();
        List<FeedEvent> ready = new ArrayList<>();
        Set<String> heldUp = new HashSet<>();
        for (Iterator<Held> all = waiting.iterator(); all.hasNext(); ) {
            Held held = all.next();
            String account = held.event.account();
            boolean isNext = account == null || !heldUp.contains(account);
            if (isNext && (isVisible(held.event, ends) || held.polls >= LONGEST)) {
                all.remove();
                ready.add(held.event);
            } else if (account != null) {
                held.polls++;
                heldUp.add(account);
            }
        }
        return ready;
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** Revisions with which leases have ended, by account. */
    private Map<String, Long> ends() {
        Map<String, Long> ends = new HashMap<>();
        for (Held held : waiting) {
            LeaseFacts facts = held.event.lease();
            if (facts != null && held.event.type() == EventType.RELEASED) {
                ends.merge(facts.account(), facts.revision(), Math::max);
            }
        }
        return ends;
    }

    private boolean isVisible(FeedEvent event, Map<String, Long> ends) {
        LeaseFacts facts = event.lease();
        if (facts == null) {
            return true;
        }
        Lease lease = leases.apply(facts.account());
        // Events before a visible end are over, too.
        return lease == null
                ? ends.getOrDefault(facts.account(), Long.MIN_VALUE) >= facts.revision()
                : lease.version() >= facts.revision();
    }
}
