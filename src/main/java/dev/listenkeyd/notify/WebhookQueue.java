package dev.listenkeyd.notify;

import dev.listenkeyd.lease.Delivery;
import dev.listenkeyd.notify.WebhookObserver.Result;
import dev.listenkeyd.notify.WebhookSender.Answer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The pending deliveries of one webhook, and when each may be tried. An account's events leave one after the other, in their
 * order; other accounts are not held up by them. Thread-safe.
 */
public final class WebhookQueue {

    /** Deliveries that wait; of more the oldest ones go. */
    static final int MOST_PENDING = 10_000;

    /** Calls at the same time: a receiver that hangs must not use up the sockets of this process. */
    static final int MOST_IN_FLIGHT = 8;

    /** From an event until a failed attempt is the last one. */
    static final Duration TRIED_FOR = Duration.ofHours(24);

    private static final Duration FIRST_RETRY = Duration.ofSeconds(5);
    private static final Duration LONGEST_RETRY = Duration.ofMinutes(15);

    /** The deliveries of one account, or of events that concern all leases. */
    private static final class Lane {
        private static final Comparator<Lane> BY_DUE_TIME = Comparator.comparing(
                        (Lane lane) -> lane, (a, b) -> Long.signum(a.dueAt - b.dueAt))
                .thenComparing(lane -> lane.account);

        private final String account;
        private final NavigableSet<Delivery> waiting = new TreeSet<>(Delivery.ORDER);
        private @Nullable Delivery inFlight;
        private int failures;
        /** By monotonic time, as {@link #dueAt}. */
        private final long since;

        private long dueAt;

        private Lane(String account, long dueAt) {
            this.account = account;
            this.since = dueAt;
            this.dueAt = dueAt;
        }
    }

    private final Webhook webhook;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final WebhookObserver observer;
    private final NavigableSet<Delivery> pending = new TreeSet<>(Delivery.ORDER);
    private final Map<String, Lane> lanes = new HashMap<>();
    /** Those without a delivery in flight. */
    private final NavigableSet<Lane> idle = new TreeSet<>(Lane.BY_DUE_TIME);

    private int inFlight;
    private int failingLanes;
    /** Null while all attempts succeed. */
    private @Nullable Instant failingSince;

    public WebhookQueue(Webhook webhook, InstantSource clock, LongSupplier nanoTime, WebhookObserver observer) {
        this.webhook = webhook;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.observer = observer;
    }

    public Webhook webhook() {
        return webhook;
    }

    /** Number of deliveries that are pending. */
    public synchronized int pending() {
        return pending.size();
    }

    /** Time of the oldest event that is pending; null when there is none. */
    public synchronized @Nullable Instant oldest() {
        return pending.isEmpty() ? null : pending.first().event().at();
    }

    synchronized void add(Delivery delivery) {
        Lane lane = lanes.computeIfAbsent(accountOf(delivery), account -> new Lane(account, nanoTime.getAsLong()));
        pending.add(delivery);
        lane.waiting.add(delivery);
        if (lane.inFlight == null) {
            idle.add(lane);
        }
    }

    /** Removes and returns the oldest deliveries that are too many. */
    synchronized List<Delivery> removeOverflow() {
        List<Delivery> dropped = new ArrayList<>();
        Iterator<Delivery> oldest = pending.iterator();
        for (int left = pending.size() - MOST_PENDING; left > 0 && oldest.hasNext(); ) {
            Delivery delivery = oldest.next();
            Lane lane = lanes.get(accountOf(delivery));
            if (lane != null && !delivery.equals(lane.inFlight)) {
                oldest.remove();
                lane.waiting.remove(delivery);
                settle(lane);
                dropped.add(delivery);
                left--;
            }
        }
        dropped.forEach(delivery -> observer.onResult(webhook.name(), Result.OVERFLOWED));
        return dropped;
    }

    /** Forgets the deliveries of an account, but for one in flight: another replica makes them. */
    synchronized void drop(String account) {
        Lane lane = lanes.get(account);
        if (lane != null) {
            List<Delivery> dropped = lane.waiting.stream()
                    .filter(delivery -> !delivery.equals(lane.inFlight))
                    .toList();
            dropped.forEach(pending::remove);
            dropped.forEach(lane.waiting::remove);
            settle(lane);
        }
    }

    /** The deliveries to be made now; each must be followed by {@link #ended}. */
    synchronized List<Delivery> takeDue() {
        long now = nanoTime.getAsLong();
        List<Delivery> due = new ArrayList<>();
        while (inFlight < MOST_IN_FLIGHT && !idle.isEmpty() && idle.first().dueAt - now <= 0) {
            Lane lane = idle.pollFirst();
            lane.inFlight = lane.waiting.first();
            inFlight++;
            due.add(lane.inFlight);
        }
        return due;
    }

    /**
     * Notes the answer to a delivery.
     *
     * @return the deliveries that are over, delivered or not
     */
    synchronized List<Delivery> ended(Delivery delivery, Answer answer) {
        Lane lane = lanes.get(accountOf(delivery));
        if (lane == null || !delivery.equals(lane.inFlight)) {
            throw new IllegalStateException("not in flight: " + delivery.event().id());
        }
        lane.inFlight = null;
        inFlight--;
        observer.onResult(webhook.name(), answer.accepted() ? Result.DELIVERED : Result.FAILED);
        List<Delivery> over = answer.accepted() ? delivered(lane, delivery) : failed(lane, answer.inShort());
        over.forEach(one -> {
            pending.remove(one);
            lane.waiting.remove(one);
        });
        settle(lane);
        return over;
    }

    private List<Delivery> delivered(Lane lane, Delivery delivery) {
        endFailure(lane);
        lane.dueAt = nanoTime.getAsLong();
        if (failingSince != null && failingLanes == 0) {
            observer.onRecovered(webhook.name(), Duration.between(failingSince, clock.instant()));
            failingSince = null;
        }
        return List.of(delivery);
    }

    /** Returns the deliveries that are given up: not those that this process, which may just have started, has hardly tried. */
    private List<Delivery> failed(Lane lane, String why) {
        boolean tried = nanoTime.getAsLong() - lane.since >= LONGEST_RETRY.toNanos();
        failingLanes += lane.failures++ == 0 ? 1 : 0;
        lane.dueAt = nanoTime.getAsLong() + retryAfter(lane.failures).toNanos();
        if (failingSince == null) {
            failingSince = clock.instant();
            observer.onFailing(webhook.name(), why);
        }
        Instant expired = clock.instant().minus(TRIED_FOR);
        List<Delivery> over = lane.waiting.stream()
                .filter(delivery -> tried && !delivery.event().at().isAfter(expired))
                .toList();
        over.forEach(one -> observer.onResult(webhook.name(), Result.EXPIRED));
        return over;
    }

    private static Duration retryAfter(int failures) {
        // Longer than the longest after far fewer doublings than overflow.
        Duration doubled = FIRST_RETRY.multipliedBy(1L << Math.min(failures - 1, Integer.SIZE - 1));
        return doubled.compareTo(LONGEST_RETRY) < 0 ? doubled : LONGEST_RETRY;
    }

    /** Puts a lane where it belongs after its deliveries changed. */
    private void settle(Lane lane) {
        if (lane.inFlight != null) {
            return;
        }
        idle.remove(lane);
        if (lane.waiting.isEmpty()) {
            endFailure(lane);
            lanes.remove(lane.account);
        } else {
            idle.add(lane);
        }
    }

    private void endFailure(Lane lane) {
        failingLanes -= lane.failures > 0 ? 1 : 0;
        lane.failures = 0;
    }

    private static String accountOf(Delivery delivery) {
        String account = delivery.event().account();
        return account == null ? "" : account;
    }
}
