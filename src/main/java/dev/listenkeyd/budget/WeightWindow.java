package dev.listenkeyd.budget;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;

/**
 * The request weight of the current window: the daemon's against the budget, that of the whole IP against the exchange's limit. Not thread-safe: {@link ExchangeGate} guards it.
 */
final class WeightWindow {

    /** Assumed ratio of the exchange's limit to the budget until the limit is known. */
    private static final int LIMIT_PER_BUDGET = 2;

    /** Most weight per window while the limit is unknown: half of the smallest limit known to exist. */
    private static final int MOST_WHILE_UNKNOWN = 200;

    /** A 429 leaves at least one fourth of the allowed weight: other programs may have used up the limit. */
    private static final double LEAST_SHARE_LEFT = 4;

    /** After a 429 the allowed weight grows back by one eighth in each window. */
    private static final int SHARE_PER_STEP = 8;

    private final Budget budget;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    /** Monotonic send times of the calls in the window: a set wall clock must not refill the budget. */
    private final Deque<Long> sent = new ArrayDeque<>();

    private int exchangeLimit;
    /** The budget, or less while the exchange's limit can't be learned. */
    private int most;
    /** The weight allowed since the last 429; infinite without one. */
    private double allowed = Double.POSITIVE_INFINITY;
    /** Monotonic times of the last change of {@code allowed}, and of the last one caused by a 429. */
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

    /** Weight allowed per window: the budget, or less when the exchange allows less. */
    int limit() {
        return (int) Math.max(1, Math.min(unrefused(), allowed));
    }

    private double unrefused() {
        return Math.min(most, polite(budget.headroom()));
    }

    /**
     * A 429: half of the used weight is allowed from now on.
     *
     * @param level calls in the window when it left, that one included
     * @param sentAt monotonic; a call that left before the last 429 adds nothing
     * @return whether the allowed weight was lowered
     */
    boolean refused(int level, long sentAt) {
        if (allowed < Double.POSITIVE_INFINITY && sentAt - refusedAt <= 0) {
            return false;
        }
        int before = limit();
        int ours = Math.max(level, used());
        // Where others use as much as the daemon or more, using less and less would not help: they take the rest.
        double least = othersUsed() < ours ? (double) before / LEAST_SHARE_LEFT : unrefused() / 2;
        allowed = Math.max(least, Math.min(before, ours) / 2.0);
        refusedAt = nanoTime.getAsLong();
        changedAt = refusedAt;
        return true;
    }

    /** A call has succeeded: one window after the last change, a little more is allowed. */
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
     * @param urgent whether half of the headroom may be used, too; never all of it, so that the daemon never causes a 429 for others
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

    /** The daemon's own calls in the window. */
    int used() {
        long windowStart = nanoTime.getAsLong() - budget.window().toNanos();
        while (!sent.isEmpty() && sent.peekFirst() - windowStart <= 0) {
            sent.pollFirst();
        }
        return sent.size();
    }

    /** The daemon's own calls, plus the weight that others on this IP have used in the exchange's current window. */
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

    /** After the clock was set back, the observation would end in the future: discard it. */
    void forgetObservation() {
        observationEnds = Instant.MIN;
    }
}
