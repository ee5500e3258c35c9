package dev.listenkeyd.notify;

import dev.listenkeyd.lease.FeedEvent;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The events that wait for one subscriber. A subscriber that does not keep up is overrun: it gets no more events, and must begin
 * anew. Thread-safe.
 */
public final class Subscription {

    /** Events that wait for a subscriber; more means that it does not read. */
    static final int MOST_WAITING = EventFeed.KEPT;

    private final Predicate<FeedEvent> filter;
    private final Runnable wake;
    private final Deque<FeedEvent> waiting = new ArrayDeque<>();
    private long startedAfter;
    private boolean overrun;

    /**
     * @param filter the events that the subscriber wants
     * @param wake called when an event waits, on the thread that made the change: it must neither block nor throw
     */
    public Subscription(Predicate<FeedEvent> filter, Runnable wake) {
        this.filter = filter;
        this.wake = wake;
    }

    /** It gets the events after this number. */
    synchronized void startAfter(long seq) {
        startedAfter = seq;
    }

    /** Number of the last event before those that it gets. */
    synchronized long startedAfter() {
        return startedAfter;
    }

    void offer(FeedEvent event) {
        if (!filter.test(event)) {
            return;
        }
        synchronized (this) {
            if (overrun) {
                return;
            }
            overrun = waiting.size() >= MOST_WAITING;
            if (overrun) {
                waiting.clear();
            } else {
                waiting.addLast(event);
            }
        }
        wake.run();
    }

    /** Removes and returns the next event, or null. */
    public synchronized @Nullable FeedEvent poll() {
        return waiting.pollFirst();
    }

    /** Whether events were dropped, since too many waited. */
    public synchronized boolean isOverrun() {
        return overrun;
    }
}
