package dev.listenkeyd.budget;

import dev.listenkeyd.budget.ExchangeGate.Budget;
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

    /** When the exchange does not name its limit: half of the smallest one known, whatever the budget. */
    private static final int MOST_WHILE_UNKNOWN = 200;

    /** A refused call leaves at least this share of what was allowed: perhaps it was others who used the limit up. */
    private static final double LEAST_SHARE_LEFT = 4;

    /** What a refused call took away comes back by this share of what is allowed, a step in each window. */
    private static final int SHARE_PER_STEP = 8;

    private final Budget budget;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    /** Monotonic send times of our calls in the window: a stepped wall clock must not refill the budget. */
    private final Deque<Long> sent = new ArrayDeque<>();

    private int exchangeLimit;
    /** The budget, or less while the exchange's limit can't be learned. */
    private int most;
    /** What the exchange's refusals have taught; without bound when there were none. */
    private double allowed = Double.POSITIVE_INFINITY;
    /** When {@code allowed} changed last, and when a refusal was the reason; monotonic. */
    private long changedAt;

    private long refusedAt;

    private int othersUsed;
    private Instant observationEnds = Instant.MIN;

    WeightWindow(Budget budget, InstantSource clock, LongSupplier nanoTime) {
        this.budget = budget;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.most = budget.weight();
        this.exchangeLimit = (int) Math.min(Integer.MAX_VALUE, (long) budget.weight() * LIMIT_PER_BUDGET);
    }

    WeightWindow copy(InstantSource otherClock, LongSupplier otherNanoTime) {
        WeightWindow copy = new WeightWindow(budget, otherClock, otherNanoTime);
        copy.sent.addAll(sent);
        copy.exchangeLimit = exchangeLimit;
        copy.most = most;
        copy.allowed = allowed;
        copy.changedAt = changedAt;
        copy.refusedAt = refusedAt;
        copy.othersUsed = othersUsed;
        copy.observationEnds = observationEnds;
        return copy;
    }

    /** What we may use per window while nobody else is there: the budget, or less when the exchange allows less. */
    int limit() {
        return (int) Math.max(1, Math.min(unrefused(), allowed));
    }

    private double unrefused() {
        return Math.min(most, polite(budget.headroom()));
    }

    /**
     * The exchange has refused a call because its limit was passed: half of what was used is allowed from now on.
     *
     * @param level our calls in the window when it left, that one included
     * @param sentAt when it left, monotonic: one that left before the last refusal teaches nothing new
     * @return whether it teaches something
     */
    boolean refused(int level, long sentAt) {
        if (allowed < Double.POSITIVE_INFINITY && sentAt - refusedAt <= 0) {
            return false;
        }
        int before = limit();
        int ours = Math.max(level, used());
        // Where others used as much as we, or more, using less and less would not help: they take what we leave.
        double least = othersUsed() < ours ? (double) before / LEAST_SHARE_LEFT : unrefused() / 2;
        allowed = Math.max(least, Math.min(before, ours) / 2.0);
        refusedAt = nanoTime.getAsLong();
        changedAt = refusedAt;
        return true;
    }

    /** A call has worked: a window after the last change a little more is allowed. */
    void worked() {
        if (nanoTime.getAsLong() - changedAt < budget.window().toNanos()) {
            return;
        }
        allowed += Math.max(1, allowed / SHARE_PER_STEP);
        changedAt = nanoTime.getAsLong();
        if (allowed >= unrefused()) {
            allowed = Double.POSITIVE_INFINITY;
        }
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

    void take(long sentAt) {
        sent.addLast(sentAt);
    }

    void giveBack(long sentAt) {
        sent.removeLastOccurrence(sentAt);
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
        most = budget.weight();
    }

    void limitUnknown() {
        most = Math.min(budget.weight(), MOST_WHILE_UNKNOWN);
        exchangeLimit = Math.min(exchangeLimit, MOST_WHILE_UNKNOWN * LIMIT_PER_BUDGET);
    }

    int exchangeLimit() {
        return exchangeLimit;
    }

    /** What was observed belongs to a time that will come again. */
    void forgetObservation() {
        observationEnds = Instant.MIN;
    }
}
