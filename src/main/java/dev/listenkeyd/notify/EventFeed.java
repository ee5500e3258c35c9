package dev.listenkeyd.notify;

import dev.listenkeyd.lease.EventStore;
import dev.listenkeyd.lease.EventType;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.FeedEvent.LeaseFacts;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Numbers all events, hands them to subscribers in order, and keeps the newest, in memory and on disk. Publishing waits neither
 * for a subscriber nor for the disk. Thread-safe.
 */
public final class EventFeed {

    /** Events kept for subscribers that come back. */
    public static final int KEPT = 10_000;

    /** Events of one write. */
    static final int WRITTEN_AT_ONCE = 500;

    private static final long MICROS = 1000;
    private static final int ID_RADIX = 32;

    private final EventStore store;
    private final InstantSource clock;
    private final Consumer<EventType> published;
    private final String origin;
    private final Set<Subscription> subscriptions = new CopyOnWriteArraySet<>();
    /** Null without other replicas. */
    private final @Nullable ToldRevisions revisions;

    private final Deque<FeedEvent> kept = new ArrayDeque<>();
    private final Deque<FeedEvent> unwritten = new ArrayDeque<>();
    private boolean writing;
    private long last;
    /** Numbers up to this one belong to earlier processes. */
    private long before;
    /** The newest number that is kept no more. */
    private long forgotten;

    /**
     * @param published called for every event, on the thread that made the change: it must neither block nor throw
     * @param origin tells the events of this replica from those of others; empty when there are no others
     */
    public EventFeed(EventStore store, InstantSource clock, Consumer<EventType> published, String origin) {
        this.store = store;
        this.clock = clock;
        this.published = published;
        this.origin = origin;
        this.revisions = origin.isEmpty() ? null : new ToldRevisions();
    }

    /** A feed of the only replica. */
    public EventFeed(EventStore store, InstantSource clock, Consumer<EventType> published) {
        this(store, clock, published, "");
    }

    /**
     * Reads the events of earlier processes. Blocks. Call it once, before the first event.
     *
     * @throws StoreException when they can't be read; then the feed begins without them, and drops none of theirs until it has as many of its own
     */
    public synchronized void restore() {
        // An earlier process may have told events that it could not write: their numbers are not used again.
        startAfter(clock.instant().toEpochMilli() * MICROS);
        kept.addAll(store.newest(KEPT));
        FeedEvent newest = kept.peekLast();
        if (newest != null) {
            startAfter(Math.max(before, newest.seq()));
            forgotten = kept.size() < KEPT ? 0 : kept.getFirst().seq() - 1;
        }
    }

    /** The first number of this process is no event's: a subscriber can go on from it before anything has happened. */
    private void startAfter(long seq) {
        before = seq;
        last = seq + 1;
    }

    /**
     * Publishes an event.
     *
     * @param lease null for an event that concerns all leases
     */
    public FeedEvent publish(Instant at, EventType type, @Nullable LeaseFacts lease) {
        FeedEvent event;
        synchronized (this) {
            long seq = next();
            event = new FeedEvent(Long.toString(seq, ID_RADIX) + origin, seq, at, type, lease);
            isNews(event);
            tell(event);
            if (type != EventType.RENEWED) {
                unwritten.addLast(event);
                if (unwritten.size() > KEPT) {
                    unwritten.removeFirst();
                }
            }
        }
        published.accept(type);
        write();
        return event;
    }

    /** Publishes an event of another replica, which has written it, under a number of this one; not when it is out of date. */
    public synchronized void relay(FeedEvent event) {
        if (isNews(event)) {
            tell(event.withSeq(next()));
        }
    }

    private boolean isNews(FeedEvent event) {
        return revisions == null || revisions.isNews(event);
    }

    /** Follows the clock, so that the numbers of several replicas are in about the order of time. */
    private long next() {
        last = Math.max(last + 1, clock.instant().toEpochMilli() * MICROS);
        return last;
    }

    private void tell(FeedEvent event) {
        if (event.type() != EventType.RENEWED) {
            kept.addLast(event);
            if (kept.size() > KEPT) {
                forgotten = kept.removeFirst().seq();
            }
        }
        subscriptions.forEach(subscription -> subscription.offer(event));
    }

    /** Adds a subscription; it gets all events from now on. */
    public synchronized void add(Subscription subscription) {
        subscription.startAfter(last);
        subscriptions.add(subscription);
    }

    /**
     * Adds a subscription that goes on where an earlier one ended.
     *
     * @param after number of the last event that was received, or where an earlier subscription started
     * @return all events since, which the subscription does not get; null when they are not known any more, and then it is not
     *     added
     */
    synchronized @Nullable List<FeedEvent> resume(Subscription subscription, long after) {
        FeedEvent oldest = kept.peekFirst();
        // An earlier process also gave numbers to events that were not kept, and to its own start.
        boolean known = after > before ? after <= last : oldest != null && after >= oldest.seq();
        if (!known || after < forgotten) {
            return null;
        }
        subscription.startAfter(last);
        subscriptions.add(subscription);
        return kept.stream().filter(event -> event.seq() > after).toList();
    }

    /** Number of the last event; every change that it tells is in the leases. */
    public synchronized long newest() {
        return last;
    }

    /** Whether an earlier process gave this number; the last changes of that process may never have reached the disk. */
    synchronized boolean isOfEarlierProcess(long seq) {
        return seq <= before;
    }

    public void remove(Subscription subscription) {
        subscriptions.remove(subscription);
    }

    /** Writes events that could not be written before. Call it about once a second. */
    public void tick() {
        write();
    }

    /** Number of events that are not on disk yet. */
    public synchronized int unwritten() {
        return unwritten.size();
    }

    private void write() {
        List<FeedEvent> batch;
        long through;
        synchronized (this) {
            if (writing || unwritten.isEmpty()) {
                return;
            }
            writing = true;
            batch = unwritten.stream().limit(WRITTEN_AT_ONCE).toList();
            through = forgotten;
        }
        store.append(batch, through).whenComplete((done, failure) -> written(batch, failure == null));
    }

    private void written(List<FeedEvent> batch, boolean done) {
        boolean more;
        synchronized (this) {
            writing = false;
            if (done) {
                long newest = batch.get(batch.size() - 1).seq();
                unwritten.removeIf(event -> event.seq() <= newest);
            }
            // After a failure the next tick tries again.
            more = done && !unwritten.isEmpty();
        }
        if (more) {
            write();
        }
    }
}
