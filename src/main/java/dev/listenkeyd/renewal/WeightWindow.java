package dev.listenkeyd.renewal;

import dev.listenkeyd.renewal.ExchangeGate.Budget;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;

/**
 * The request weight of the current window: ours against the budget, everybody's against the exchange's limit. Every call
 * costs weight 1. Not thread-safe: {@link ExchangeGate} guards it.
 */
final class WeightWindow {

    /** Until the exchange names its limit: half of the smallest one known is our budget. */
    private static final int LIMIT_PER_BUDGET = 2;

    private final Budget budget;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    /** Monotonic send times of our calls in the window: a stepped wall clock must not refill the budget. */
    private final Deque<Long> sent = new ArrayDeque<>();

    private int exchangeLimit;
    private int othersUsed;
    private Instant observationEnds = Instant.MIN;

    WeightWindow(Budget budget, InstantSource clock, LongSupplier nanoTime) {
        this.budget = budget;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.exchangeLimit = (int) Math.min(Integer.MAX_VALUE, (long) budget.weight() * LIMIT_PER_BUDGET);
    }

    WeightWindow copy(InstantSource otherClock, LongSupplier otherNanoTime) {
        WeightWindow copy = new WeightWindow(budget, otherClock, otherNanoTime);
        copy.sent.addAll(sent);
        copy.exchangeLimit = exchangeLimit;
        copy.othersUsed = othersUsed;
        copy.observationEnds = observationEnds;
        return copy;
    }

    /** What we may use per window while nobody else is there: the budget, or less when the exchange allows less. */
    int limit() {
        return Math.max(1, Math.min(budget.weight(), (int) polite(budget.headroom())));
    }

    /**
     * Weight that may leave now.
     *
     * @param urgent whether half of what is left to others may be used, too; never all of it, so that nobody's next call
     *     is refused because of ours
     */
    int free(boolean urgent) {
        double headroom = urgent ? budget.headroom() / 2 : budget.headroom();
        int shared = (int) Math.ceil(polite(headroom) - usedByAll());
        return Math.max(0, Math.min(limit() - used(), othersUsed() == 0 ? limit() : shared));
    }

    private double polite(double headroom) {
        return exchangeLimit * (1 - headroom);
    }

    void take() {
        sent.addLast(nanoTime.getAsLong());
    }

    void giveBack() {
        // Which of them it was is unknown: taking the oldest never counts a later one as older than it is.
        sent.pollFirst();
    }

    /** Our own calls in the window. */
    int used() {
        long windowStart = nanoTime.getAsLong() - budget.window().toNanos();
        while (!sent.isEmpty() && sent.peekFirst() - windowStart <= 0) {
            sent.pollFirst();
        }
        return sent.size();
    }

    /** Our own calls, and what others on this IP are known to have used in the exchange's current window. */
    int usedByAll() {
        return used() + othersUsed();
    }

    private int othersUsed() {
        return clock.instant().isBefore(observationEnds) ? othersUsed : 0;
    }

    void observeUsed(int weight, Instant windowEnds) {
        int others = Math.max(0, weight - used());
        othersUsed = windowEnds.isAfter(observationEnds) ? others : Math.max(others, othersUsed);
        observationEnds = windowEnds;
    }

    void observeLimit(int weight) {
        exchangeLimit = weight;
    }

    /** What was observed belongs to a time that will come again. */
    void forgetObservation() {
        observationEnds = Instant.MIN;
    }
}
