package dev.listenkeyd.notify;

import dev.listenkeyd.lease.EventType;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.FeedEvent.LeaseFacts;
import dev.listenkeyd.lease.Lease;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Tells one subscriber, in order: each lease as it is, or what it missed since its last event; then that it is in sync; then every
 * change. So a subscriber that begins at any instant knows the truth and misses nothing. Not thread-safe, but for the changes
 * that come in.
 */
public final class Follower {

    /** One thing to tell. */
    public sealed interface Item {}

    /** A lease as it is. */
    public record State(Lease lease) implements Item {}

    /**
     * From here on the subscriber knows the truth.
     *
     * @param resumed what was missed has been told; otherwise all leases were, and there are no others
     * @param seq what happened up to this number is in what was told: a follower that begins with it misses nothing
     */
    public record Synced(boolean resumed, long seq) implements Item {}

    /**
     * Something has happened.
     *
     * @param missed before this subscriber began
     */
    public record Changed(FeedEvent event, boolean missed) implements Item {}

    /** The subscriber has not kept up: this is the last item. */
    public record Overrun() implements Item {}

    private final EventFeed feed;
    private final Subscription subscription;
    private final Iterator<FeedEvent> missed;
    private final Iterator<Lease> state;
    private final boolean resumed;
    /** The leases that were told as they are, by account: earlier changes are in them. Lists, since many may follow 100,000. */
    private List<String> toldAccounts = new ArrayList<>();

    private List<Lease> told = new ArrayList<>();

    private boolean synced;
    private boolean over;

    /**
     * @param filter the events that the subscriber wants
     * @param wake called when there is something to tell, on the thread that made the change: it must neither block nor throw
     * @param lastEvent number that the subscriber received last, of an event or with {@link Synced}; null for none
     * @param leases the leases that the subscriber wants, ordered by account
     */
    public Follower(
            EventFeed feed,
            Predicate<FeedEvent> filter,
            Runnable wake,
            @Nullable Long lastEvent,
            Supplier<Stream<Lease>> leases) {
        this.feed = feed;
        this.subscription = new Subscription(filter, wake);
        List<FeedEvent> since = lastEvent == null ? null : feed.resume(subscription, lastEvent);
        if (since == null) {
            feed.add(subscription);
        }
        // The last changes of an earlier process may never have reached its disk: then what was told is not the truth.
        resumed = since != null && lastEvent != null && !feed.isOfEarlierProcess(lastEvent);
        missed = since == null
                ? Collections.emptyIterator()
                : since.stream().filter(filter).iterator();
        state = resumed ? Collections.emptyIterator() : leases.get().iterator();
    }

    /** The next thing to tell; null when there is nothing now. */
    public @Nullable Item next() {
        if (missed.hasNext()) {
            return new Changed(missed.next(), true);
        }
        if (state.hasNext()) {
            Lease lease = state.next();
            toldAccounts.add(lease.account());
            told.add(lease);
            return new State(lease);
        }
        if (!synced) {
            synced = true;
            return new Synced(resumed, subscription.startedAfter());
        }
        return change();
    }

    private @Nullable Item change() {
        for (FeedEvent event = subscription.poll(); event != null; event = subscription.poll()) {
            if (!isTold(event)) {
                return new Changed(event, false);
            }
        }
        // Changes from now on are newer than the state.
        toldAccounts = List.of();
        told = List.of();
        if (subscription.isOverrun() && !over) {
            over = true;
            return new Overrun();
        }
        return null;
    }

    private boolean isTold(FeedEvent event) {
        LeaseFacts lease = event.lease();
        int index = lease == null ? -1 : Collections.binarySearch(toldAccounts, lease.account());
        if (lease == null || index < 0) {
            return false;
        }
        long revision = told.get(index).version();
        // The end of a lease, and that its key is at risk, have the revision of the change before them.
        boolean isLater = event.type() == EventType.RELEASED || event.type() == EventType.AT_RISK;
        return isLater ? lease.revision() < revision : lease.revision() <= revision;
    }

    /** Whether the last item was told. */
    public boolean isOver() {
        return over;
    }

    /** Tells no more. */
    public void close() {
        feed.remove(subscription);
    }
}
