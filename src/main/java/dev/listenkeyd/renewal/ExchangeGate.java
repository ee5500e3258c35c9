package dev.listenkeyd.renewal;

import dev.listenkeyd.renewal.Failure.Reason;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Who may call the exchange now: nobody while this IP was told to be silent, and otherwise never more weight in any
 * window than the budget. Every call costs weight 1. Thread-safe.
 */
public final class ExchangeGate {

    /** The exchange's own limit is taken to be this multiple of our budget: half of the smallest known is ours. */
    private static final int LIMIT_PER_BUDGET = 2;

    /**
     * @param weight most weight that may leave in any window
     * @param headroom share of the exchange's own limit that is left to others on this IP, in [0, 1)
     */
    public record Budget(int weight, Duration window, double headroom) {
        /** @throws IllegalArgumentException naming everything that is wrong with the numbers */
        public Budget {
            List<String> wrong = violations(weight, window, headroom);
            if (!wrong.isEmpty()) {
                throw new IllegalArgumentException(String.join("; ", wrong));
            }
        }

        /** Every sentence that is untrue of a sound budget; empty when it is sound. */
        public static List<String> violations(int weight, Duration window, double headroom) {
            List<String> wrong = new ArrayList<>();
            if (weight < 1) {
                wrong.add("budget.weight must be at least 1");
            }
            if (window.compareTo(Duration.ofSeconds(1)) < 0) {
                wrong.add("budget.window must be at least 1s");
            }
            if (!(headroom >= 0 && headroom < 1)) {
                wrong.add("budget.headroom must be at least 0 and below 1");
            }
            return wrong;
        }

        /** Calls per second that the budget sustains. */
        public double perSecond() {
            return weight * 1e9 / window.toNanos();
        }
    }

    /** A pause of the whole IP. */
    public record Closed(Instant until, Reason reason) {}

    private final Budget budget;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    /** Monotonic send times of the calls in the current window: a stepped wall clock must not refill the budget. */
    private final Deque<Long> sent = new ArrayDeque<>();

    private @Nullable Closed closed;
    private boolean probing;
    private int othersUsed;
    private Instant observationEnds = Instant.MIN;

    public ExchangeGate(Budget budget, InstantSource clock, LongSupplier nanoTime) {
        this.budget = budget;
        this.clock = clock;
        this.nanoTime = nanoTime;
    }

    /**
     * Takes weight for one call, if it may leave now.
     *
     * @param urgent the call may use what politeness leaves to others on this IP
     */
    synchronized boolean tryEnter(boolean urgent) {
        if (closed() != null || probing || used() >= budget.weight() || (!urgent && crowded())) {
            return false;
        }
        if (closed != null) {
            // The first call after a pause goes alone: were the pause not over, many calls would lengthen it.
            probing = true;
        }
        sent.addLast(nanoTime.getAsLong());
        return true;
    }

    /** Takes weight for a call that nothing depends on: only while half of the budget is free. */
    synchronized boolean tryEnterSpare() {
        return used() < (budget.weight() + 1) / 2 && closed == null && tryEnter(false);
    }

    /** Counts calls that an earlier process made, so that a restart does not open a second budget. */
    public synchronized void recall(int calls) {
        for (int i = Math.min(calls, budget.weight()); i > 0; i--) {
            sent.addLast(nanoTime.getAsLong());
        }
    }

    /** Lets one call go alone first: an earlier process was told to pause, perhaps until later than now. */
    synchronized void probeFirst(Reason reason) {
        closed = new Closed(clock.instant(), reason);
    }

    /** The wall clock was set back: a pause of some minutes must not become one of an hour. A ban names its own end. */
    synchronized void clockSetBack(Duration by) {
        if (closed != null && closed.reason() != Reason.BANNED) {
            closed = new Closed(closed.until().minus(by), closed.reason());
        }
        observationEnds = Instant.MIN;
    }

    /** Gives back the weight of a call that never left. */
    public synchronized void giveBack() {
        // Which of them it was is unknown: taking the oldest never counts a later one as older than it is.
        sent.pollFirst();
        probing = false;
    }

    /** Learns from a call that {@link #tryEnter} let through; must be called once for each of them. */
    synchronized void learn(RenewalOutcome outcome) {
        probing = false;
        if (outcome instanceof RenewalOutcome.Paused paused) {
            boolean longer = closed == null || closed.until().isBefore(paused.until());
            closed = longer ? new Closed(paused.until(), paused.failure().reason()) : closed;
        } else if (closed() == null && outcome.failed() == null) {
            closed = null;
        }
    }

    /**
     * Learns the weight that all programs on this IP have used.
     *
     * @param weight as the exchange counts it, our own calls included
     * @param windowEnds when the exchange's current window ends
     */
    public synchronized void observeUsedWeight(int weight, Instant windowEnds) {
        int others = Math.max(0, weight - used());
        othersUsed = windowEnds.isAfter(observationEnds) ? others : Math.max(others, othersUsed);
        observationEnds = windowEnds;
    }

    /** The pause in force, null when the gate is open. */
    public synchronized @Nullable Closed closed() {
        return closed != null && clock.instant().isBefore(closed.until()) ? closed : null;
    }

    /** When calls may leave again; the distant past when they may. */
    public Instant opensAt() {
        Closed now = closed();
        return now == null ? Instant.EPOCH : now.until();
    }

    public Budget budget() {
        return budget;
    }

    /** Weight used in the current window: our own, or the exchange's count for this IP when that is higher. */
    public synchronized int weightUsed() {
        return used() + (clock.instant().isBefore(observationEnds) ? othersUsed : 0);
    }

    private boolean crowded() {
        return weightUsed() >= budget.weight() * LIMIT_PER_BUDGET * (1 - budget.headroom());
    }

    private int used() {
        long windowStart = nanoTime.getAsLong() - budget.window().toNanos();
        while (!sent.isEmpty() && sent.peekFirst() - windowStart <= 0) {
            sent.pollFirst();
        }
        return sent.size();
    }
}
