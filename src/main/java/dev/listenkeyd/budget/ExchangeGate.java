package dev.listenkeyd.budget;

import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.Pause;
import dev.listenkeyd.lease.RenewalOutcome;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a call to the exchange may leave now: none during a pause, otherwise at most the budget's weight in any window, and never more than the exchange's own limit leaves. Every call has weight 1. Thread-safe.
 */
public final class ExchangeGate {

    /** The longest documented ban. A stored pause that ends later was written by another clock and is cut to this. */
    static final Duration LONGEST_PAUSE = Duration.ofDays(3);

    /** Most calls that wait for the exchange at once. */
    public static final int MAX_CALLS_IN_FLIGHT = 64;

    /** How long weight is reserved for the limit query, which is tried about once a second. */
    private static final Duration ROOM_KEPT = Duration.ofSeconds(3);

    private final Budget budget;
    private final LongSupplier nanoTime;
    private final WeightWindow weight;
    private final OutageDetector outages;
    private final ProvenWeight proven;
    private final PauseState pause;
    private final MeanCallTime callTime;

    /** True from the start of the process until the exchange has been asked for its limit. */
    private boolean awaitingLimit;
    /** The limit query found no weight: until this monotonic time, weight that becomes free is reserved for it. */
    private @Nullable Long limitWantedUntil;

    private int refusals;

    public ExchangeGate(Budget budget, InstantSource clock, LongSupplier nanoTime) {
        this.budget = budget;
        this.nanoTime = nanoTime;
        this.weight = new WeightWindow(budget, clock, nanoTime);
        this.outages = new OutageDetector(nanoTime);
        this.proven = new ProvenWeight();
        this.pause = new PauseState(clock);
        this.callTime = new MeanCallTime();
    }

    /** Copies all state; the clocks must continue from the other gate's time. */
    private ExchangeGate(ExchangeGate other, InstantSource clock, LongSupplier nanoTime) {
        this.budget = other.budget;
        this.nanoTime = nanoTime;
        this.weight = other.weight.copy(clock, nanoTime);
        this.outages = other.outages.copy(nanoTime);
        this.proven = other.proven.copy();
        this.pause = other.pause.copy(clock);
        this.callTime = other.callTime.copy();
    }

    /** An independent copy. The clocks must continue from the time of this gate's. */
    public synchronized ExchangeGate copy(InstantSource otherClock, LongSupplier otherNanoTime) {
        return new ExchangeGate(this, otherClock, otherNanoTime);
    }

    /**
     * Takes weight for one call. The returned permit must be settled.
     *
     * @param reserve weight that must remain afterwards, for more important calls
     * @return null when no such call may leave now
     */
    public synchronized @Nullable Permit tryAcquire(Priority priority, int reserve) {
        int level = weight.used() + 1;
        boolean fits = weight.free(priority == Priority.URGENT) > reserve
                && priority.fits(level - 1, weight.limit(), outages.isAway())
                && (priority == Priority.URGENT || proven.permits(level))
                && pause.permits();
        if (!fits || isHeldBack(priority)) {
            keepRoomForLimit(priority, reserve);
            return null;
        }
        limitWantedUntil = priority.asksForLimit() ? null : limitWantedUntil;
        long now = nanoTime.getAsLong();
        weight.take(now);
        outages.called(weight.limit(), budget.window());
        boolean unproven = proven.isUnproven(level);
        proven.called(unproven);
        return new Permit(this, priority, pause.called(), level, unproven, now);
    }

    private void keepRoomForLimit(Priority priority, int reserve) {
        if (priority == Priority.LIMIT && reserve == 0 && !isHeldBack(priority)) {
            limitWantedUntil = nanoTime.getAsLong() + ROOM_KEPT.toNanos();
        }
    }

    private boolean isHeldBack(Priority priority) {
        boolean limitFirst = awaitingLimit || (limitWantedUntil != null && nanoTime.getAsLong() - limitWantedUntil < 0);
        return (limitFirst && !priority.asksForLimit())
                || (closed() != null && priority != Priority.PROBE)
                || (priority.needsCalm() && !(pause.isOver() && !outages.isAway()))
                || !outages.permitsProbe(weight.limit(), budget.window());
    }

    /** Whether not even an urgent call may leave now. */
    public synchronized boolean isShut() {
        return isHeldBack(Priority.URGENT) || !pause.permits() || !hasRoom();
    }

    /** Whether there is weight for one more urgent call. */
    public synchronized boolean hasRoom() {
        return weight.free(true) > 0;
    }

    /** Returns the weight of a call that never left. */
    synchronized void release(Permit permit) {
        if (permit.settleOnce()) {
            weight.giveBack(permit.sentAt());
            proven.settled(permit.isUnproven());
            pause.released(permit.step());
        }
    }

    synchronized List<FleetEvent> succeeded(Permit permit) {
        if (!permit.settleOnce()) {
            return List.of();
        }
        callTime.record(Duration.ofNanos(nanoTime.getAsLong() - permit.sentAt()));
        return replied(permit, null);
    }

    synchronized List<FleetEvent> failed(Permit permit, RenewalOutcome outcome) {
        if (!permit.settleOnce()) {
            return List.of();
        }
        List<FleetEvent> changes = new ArrayList<>();
        if (outcome instanceof RenewalOutcome.Paused paused) {
            changes.addAll(refused(permit, paused));
        }
        changes.addAll(replied(permit, outcome.failed()));
        return changes;
    }

    /** Records a reply, or its absence. */
    private List<FleetEvent> replied(Permit permit, @Nullable Failure failure) {
        boolean good = failure == null
                || !(failure.reason().isNoAnswer() || failure.reason().isPause());
        proven.settled(permit.isUnproven());
        if (good) {
            proven.worked(permit.level());
            weight.worked();
        }
        FleetEvent lifted = pause.replied(permit.step(), good);
        FleetEvent heard = permit.priority().asksForLimit() ? null : outages.record(failure);
        return Stream.of(lifted, heard).filter(Objects::nonNull).toList();
    }

    /** Records the reply to a call that concerns no lease; a missing reply is ignored. */
    synchronized Optional<FleetEvent> recordReply(@Nullable Failure failure) {
        return failure == null || !failure.reason().isNoAnswer()
                ? Optional.ofNullable(outages.record(failure))
                : Optional.empty();
    }

    private List<FleetEvent> refused(Permit permit, RenewalOutcome.Paused paused) {
        List<FleetEvent> changes = new ArrayList<>();
        FleetEvent news = pause.told(paused, permit.step());
        if (news != null) {
            changes.add(news);
        }
        int before = weight.limit();
        if (paused.failure().reason() == Reason.THROTTLED && weight.refused(permit.level(), permit.sentAt())) {
            refusals++;
            proven.atMost(weight.limit());
            changes.add(new FleetEvent.BudgetReduced(before, weight.limit()));
        }
        return changes;
    }

    /** Ends a pause by hand; the next call goes alone. Returns the lifted pause, or null. */
    public synchronized @Nullable Pause lift() {
        return pause.lift();
    }

    /** From now on only the limit query may leave, until the exchange has answered it. */
    public synchronized void awaitLimit() {
        awaitingLimit = true;
        proven.atMost(0);
    }

    /** Counts calls of an earlier process, so that a restart does not open a second budget. */
    public synchronized void recall(int calls) {
        for (int i = Math.min(calls, budget.weight()); i > 0; i--) {
            weight.take(nanoTime.getAsLong());
        }
    }

    /** Restores the pause of an earlier process. Even when it is over by now, the first call goes alone. */
    public synchronized void restore(Pause stored) {
        pause.restore(stored, LONGEST_PAUSE);
    }

    /** The wall clock was set back. */
    public synchronized void clockSetBack(Duration by) {
        pause.clockSetBack(by);
        weight.forgetObservation();
    }

    /**
     * Records the weight used by all programs on this IP.
     *
     * @param used as the exchange counts it, the daemon's own calls included
     * @param windowEnds when the exchange's current window ends
     */
    public synchronized void observeUsedWeight(int used, Instant windowEnds) {
        weight.observeUsed(used, windowEnds);
    }

    /**
     * Records the exchange's own limit.
     *
     * @param limit weight for the whole IP in a window as long as the budget's; at least 1
     */
    public synchronized void observeLimit(int limit) {
        weight.observeLimit(limit);
        awaitingLimit = false;
    }

    /** The limit could not be read: a careful default applies until it can. */
    public synchronized void limitUnknown() {
        weight.limitUnknown();
        awaitingLimit = false;
    }

    /** The exchange's own limit, or the default until it is known. */
    synchronized int exchangeLimit() {
        return weight.exchangeLimit();
    }

    /** Number of times that the exchange answered 429; calls in flight together count once. */
    synchronized int refusals() {
        return refusals;
    }

    /** The pause in force, null when the gate is open. */
    public synchronized @Nullable Pause closed() {
        return pause.closed();
    }

    /** When calls may leave again; the epoch when the gate is open. */
    public Instant opensAt() {
        Pause now = closed();
        return now == null ? Instant.EPOCH : now.until();
    }

    /** Time until the pause ends; zero when the gate is open. */
    synchronized Duration untilOpen() {
        return pause.left();
    }

    /** Whether the exchange counts as unreachable. */
    public synchronized boolean isAway() {
        return outages.isAway();
    }

    public Budget budget() {
        return budget;
    }

    /** Weight used in the current window: the daemon's own, or the exchange's count for this IP when that is higher. */
    public synchronized int weightUsed() {
        return weight.usedByAll();
    }

    /** Weight allowed per window: the budget, or less where the exchange's limit demands it. */
    public synchronized int weightLimit() {
        return weight.limit();
    }

    /** Running mean of the durations of successful calls. */
    public synchronized Duration meanCallTime() {
        return callTime.get();
    }

    /** Sustainable calls per second. */
    public double perSecond() {
        return weightLimit() * 1e9 / budget.window().toNanos();
    }
}
