package dev.listenkeyd.budget;

import dev.listenkeyd.budget.LimitAnswer.Named;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.FleetEvent;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks the exchange for its request limit: first of all at a start, every hour, and soon after a 429. The same query probes whether a very long pause is still in force.
 */
public final class LimitWatch {
    /** Interval between two queries. */
    static final Duration EVERY = Duration.ofHours(1);

    /** Interval after a missing or doubtful answer; doubles each time, up to the longest. */
    static final Duration SOON = Duration.ofMinutes(1);

    static final Duration LONGEST = Duration.ofMinutes(15);

    /** Interval of probes during a pause that no key outlives. */
    static final Duration PROBE_EVERY = Duration.ofMinutes(30);

    /** Interval of queries while the exchange counts as unreachable and there is no lease whose retries would notice its return. */
    static final Duration AWAY_EVERY = Duration.ofSeconds(10);

    /** Time that all other calls wait for the first answer. */
    static final Duration FIRST_PATIENCE = Duration.ofSeconds(3);

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** A limit below one tenth of the previous one is doubted. */
    private static final int DOUBTED_SHARE = 10;

    /**
     * The demand of the leases.
     *
     * @param ttl how long a key lives after a renewal
     * @param meanInterval average time between two renewals of a lease
     * @param leases number of leases
     * @param calls calls that the leases will need within the next window
     */
    public record Demand(Duration ttl, Duration meanInterval, IntSupplier leases, IntSupplier calls) {}

    private final ExchangeGate gate;
    private final LimitSource exchange;
    private final Demand demand;
    private final Consumer<FleetEvent> fleetEvents;
    private final LongSupplier nanoTime;

    private @Nullable Integer known;
    private boolean doubted;
    private boolean complained;
    private int unsatisfied;
    private int refusalsSeen;
    private long askAgainAt;
    /** The next query may use weight that renewals need. */
    private boolean insistent = true;

    private boolean longPause;
    private long probedAt;
    private long askedAt;
    private volatile boolean asking;

    public LimitWatch(
            ExchangeGate gate,
            LimitSource exchange,
            Demand demand,
            Consumer<FleetEvent> fleetEvents,
            LongSupplier nanoTime) {
        this.gate = gate;
        this.exchange = exchange;
        this.demand = demand;
        this.fleetEvents = fleetEvents;
        this.nanoTime = nanoTime;
        this.askAgainAt = nanoTime.getAsLong();
    }

    /** Asks before any other call leaves. Afterwards calls may leave, with or without an answer. Blocks for some seconds. */
    public synchronized void askFirst() {
        try {
            ask(Priority.LIMIT, FIRST_PATIENCE);
            if (doubted) {
                ask(Priority.LIMIT, FIRST_PATIENCE);
            }
        } finally {
            if (known == null) {
                gate.limitUnknown();
            }
        }
    }

    /** Asks when a query is due; call it about once a second. */
    public synchronized void askWhenDue() {
        long now = nanoTime.getAsLong();
        if (gate.refusals() != refusalsSeen) {
            insistent = true;
            askAgainAt = now;
        }
        if (isProbeDue(now)) {
            probedAt = now;
            ask(Priority.PROBE, PATIENCE);
        } else if (now - askAgainAt >= 0 || isReturnUnseen(now)) {
            ask(Priority.LIMIT, PATIENCE);
        }
    }

    /** Whether a query is in flight. Callable from any thread. */
    public boolean isAsking() {
        return asking;
    }

    private boolean isProbeDue(long now) {
        Duration left = gate.untilOpen();
        boolean wasLong = longPause;
        longPause = left.compareTo(demand.ttl()) > 0 || (wasLong && !left.isZero());
        if (!wasLong) {
            probedAt = now;
        }
        return longPause && now - probedAt >= PROBE_EVERY.toNanos();
    }

    /** A replica that has given all of its leases away would stay without any. */
    private boolean isReturnUnseen(long now) {
        return gate.isAway() && demand.leases().getAsInt() == 0 && now - askedAt >= AWAY_EVERY.toNanos();
    }

    private void ask(Priority priority, Duration patience) {
        // In a pause all leases are due: a probe that spared their weight would never leave.
        boolean ahead = insistent || priority == Priority.PROBE;
        try (Permit permit =
                gate.tryAcquire(priority, ahead ? 0 : demand.calls().getAsInt())) {
            if (permit == null) {
                return;
            }
            refusalsSeen = gate.refusals();
            askedAt = nanoTime.getAsLong();
            askAgainAfter(SOON);
            LimitAnswer answer = answer(patience);
            permit.settle(answer.outcome()).forEach(fleetEvents);
            if (demand.leases().getAsInt() == 0) {
                gate.recordReply(answer.outcome().failed()).ifPresent(fleetEvents);
            }
            if (answer instanceof Named named) {
                named(named.weight());
            } else {
                notNamed(answer.outcome().failed());
            }
        }
    }

    private LimitAnswer answer(Duration patience) {
        asking = true;
        try {
            return exchange.limit(patience);
        } finally {
            asking = false;
        }
    }

    private void named(int weight) {
        boolean doubtful = isDoubtful(weight);
        if (doubtful && !doubted) {
            doubted = true;
            insistent = true;
            askAgainAfter(Duration.ZERO);
            fleetEvents.accept(new FleetEvent.LimitDoubted(weight, false));
            return;
        }
        boolean changed = known == null || known != weight;
        known = weight;
        gate.observeLimit(weight);
        if (changed) {
            fleetEvents.accept(
                    doubtful
                            ? new FleetEvent.LimitDoubted(weight, true)
                            : new FleetEvent.LimitLearned(
                                    gate.weightLimit(), gate.budget().window()));
        }
        doubted = doubtful;
        complained = false;
        insistent = doubtful;
        unsatisfied = doubtful ? unsatisfied + 1 : 0;
        askAgainAfter(doubtful ? soon() : EVERY);
    }

    private void notNamed(@Nullable Failure failure) {
        if (failure != null && !complained) {
            fleetEvents.accept(new FleetEvent.LimitUnreadable(
                    failure, gate.weightLimit(), gate.budget().window()));
            complained = true;
        }
        // After an outage renewals go first; the known limit, or the default, applies meanwhile.
        insistent = doubted;
        unsatisfied++;
        askAgainAfter(soon());
    }

    /** Whether it is far below the known limit, or too little for the leases. */
    private boolean isDoubtful(int weight) {
        boolean collapsed = known != null && weight < known / DOUBTED_SHARE;
        double usable = weight * (1 - gate.budget().headroom());
        double needed = demand.leases().getAsInt()
                * (double) gate.budget().window().toNanos()
                / demand.meanInterval().toNanos();
        return collapsed || usable < needed;
    }

    private Duration soon() {
        int doublings = Math.min(unsatisfied - 1, 10);
        Duration wait = SOON.multipliedBy(1L << Math.max(0, doublings));
        return wait.compareTo(LONGEST) < 0 ? wait : LONGEST;
    }

    private void askAgainAfter(Duration wait) {
        askAgainAt = nanoTime.getAsLong() + wait.toNanos();
    }
}
