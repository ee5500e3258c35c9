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

    private final EventStore store;
    private final InstantSource clock;
    private final Consumer<EventType> published;
    private final Set<Subscription> subscriptions = new CopyOnWriteArraySet<>();
    private final Deque<FeedEvent> kept = new ArrayDeque<>();
    private final Deque<FeedEvent> unwritten = new ArrayDeque<>();
    private boolean writing;
    private long last;
    /** Numbers up to this one belong to earlier processes. */
    private long before;
    /** The newest number that is kept no more. */
    private long forgotten;

    /** @param published called for every event, on the thread that made the change: it must neither block nor throw */
    public EventFeed(EventStore store, InstantSource clock, Consumer<EventType> published) {
        this.store = store;
        this.clock = clock;
        this.published = published;
    }

    /**
     * Reads the events of earlier processes. Blocks. Call it once, before the first event.
     *
     * @throws StoreException when they can't be read; then the feed begins without them
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
            event = new FeedEvent(++last, at, type, lease);
            if (type != EventType.RENEWED) {
                keep(event);
            }
            subscriptions.forEach(subscription -> subscription.offer(event));
        }
        published.accept(type);
        write();
        return event;
    }

    private void keep(FeedEvent event) {
        kept.addLast(event);
        unwritten.addLast(event);
        if (kept.size() > KEPT) {
            forgotten = kept.removeFirst().seq();
        }
        if (unwritten.size() > KEPT) {
            unwritten.removeFirst();
        }
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
        synchronized (this) {
            if (writing || unwritten.isEmpty()) {
                return;
            }
            writing = true;
            batch = unwritten.stream().limit(WRITTEN_AT_ONCE).toList();
        }
        store.append(batch, KEPT).whenComplete((done, failure) -> written(batch, failure == null));
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
