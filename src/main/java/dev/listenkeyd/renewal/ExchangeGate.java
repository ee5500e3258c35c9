package dev.listenkeyd.renewal;

import dev.listenkeyd.renewal.Failure.Reason;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Who may call the exchange now: nobody while this IP was told to be silent, and otherwise never more weight in any
 * window than the budget, nor more than the exchange's own limit leaves. Every call costs weight 1. Thread-safe.
 */
public final class ExchangeGate {

    /** The longest ban that is documented; a stored pause that ends later is the word of another clock. */
    public static final Duration LONGEST_PAUSE = Duration.ofDays(3);

    /** Calls before their time leave only while less than this share of the budget is used. */
    private static final int SHARE_FOR_EARLY = 5;

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
    }

    private final Budget budget;
    private final InstantSource clock;
    private final WeightWindow weight;
    private final Silence silence;

    private @Nullable Pause pause;
    private boolean probing;

    public ExchangeGate(Budget budget, InstantSource clock, LongSupplier nanoTime) {
        this(budget, clock, new WeightWindow(budget, clock, nanoTime), new Silence(nanoTime));
    }

    private ExchangeGate(Budget budget, InstantSource clock, WeightWindow weight, Silence silence) {
        this.budget = budget;
        this.clock = clock;
        this.weight = weight;
        this.silence = silence;
    }

    /** A gate of its own that knows what this one knows, by clocks that go on from where this one's are. */
    synchronized ExchangeGate copy(InstantSource otherClock, LongSupplier otherNanoTime) {
        ExchangeGate copy = new ExchangeGate(
                budget, otherClock, weight.copy(otherClock, otherNanoTime), silence.copy(otherNanoTime));
        copy.pause = pause;
        return copy;
    }

    /**
     * Takes weight for one call, if it may leave now.
     *
     * @param urgent the call may use half of what politeness leaves to others on this IP
     */
    synchronized boolean tryEnter(boolean urgent) {
        if (isShut() || weight.free(urgent) < 1) {
            return false;
        }
        if (pause != null) {
            // The first call after a pause goes alone: were the pause not over, many calls would lengthen it.
            probing = true;
        }
        weight.take();
        silence.called(weight.limit(), budget.window());
        return true;
    }

    /** Whether no call at all may leave now, however urgent. */
    synchronized boolean isShut() {
        return closed() != null
                || probing
                || weight.free(true) < 1
                || !silence.letsThrough(weight.limit(), budget.window());
    }

    /** As {@link #tryEnter}, but only if so much weight is left afterwards. */
    synchronized boolean tryEnterLeaving(int rest, boolean urgent) {
        return weight.free(urgent) > rest && tryEnter(urgent);
    }

    /**
     * Takes weight for a second call, which renews nothing.
     *
     * @param needed calls that renewals will need within the next window: their weight is not touched
     */
    public synchronized boolean tryEnterBeside(int needed) {
        return isCalm() && weight.free(false) > needed && tryEnter(false);
    }

    /** As {@link #tryEnterBeside}, for a call that nothing depends on: only while half of the budget is free, too. */
    synchronized boolean tryEnterSpare(int needed) {
        return weight.used() < (weight.limit() + 1) / 2 && tryEnterBeside(needed);
    }

    /** As {@link #tryEnterBeside}, for a renewal before its time: only while little of the budget is used, too. */
    synchronized boolean tryEnterEarly(int needed) {
        return weight.used() * SHARE_FOR_EARLY < weight.limit() && tryEnterBeside(needed);
    }

    /**
     * Takes weight for the early retry of a lease that has no live key: of little of the budget, and of half of it while the
     * exchange is away, so that its return is found at once.
     *
     * @param needed calls that renewals will need within the next window: their weight is not touched
     */
    synchronized boolean tryEnterForKey(int needed) {
        int share = silence.isAway() ? 2 : SHARE_FOR_EARLY;
        return weight.used() * share < weight.limit() && weight.free(false) > needed && tryEnter(false);
    }

    private boolean isCalm() {
        return pause == null && !silence.isAway();
    }

    /** Counts calls that an earlier process made, so that a restart does not open a second budget. */
    public synchronized void recall(int calls) {
        for (int i = Math.min(calls, budget.weight()); i > 0; i--) {
            weight.take();
        }
    }

    /** Keeps a pause that an earlier process was told; when it is over by now, one call still goes alone first. */
    synchronized void restore(Pause stored) {
        Instant latest = clock.instant().plus(LONGEST_PAUSE);
        pause = new Pause(stored.until().isAfter(latest) ? latest : stored.until(), stored.reason());
    }

    /** The wall clock was set back: a pause of some minutes must not become one of an hour. A ban names its own end. */
    synchronized void clockSetBack(Duration by) {
        if (pause != null && pause.reason() != Reason.BANNED) {
            pause = new Pause(pause.until().minus(by), pause.reason());
        }
        weight.forgetObservation();
    }

    /** Gives back the weight of a call that never left. */
    public synchronized void giveBack() {
        weight.giveBack();
        probing = false;
    }

    /**
     * Learns from a call that was let through; must be called once for each of them.
     *
     * @return what has changed for the whole fleet
     */
    public synchronized List<FleetEvent> learn(RenewalOutcome outcome) {
        if (outcome instanceof RenewalOutcome.Skipped) {
            giveBack();
            return List.of();
        }
        List<FleetEvent> changes = new ArrayList<>(learnAside(outcome));
        probing = false;
        FleetEvent heard = silence.learn(outcome);
        if (heard != null) {
            changes.add(heard);
        }
        if (!(outcome instanceof RenewalOutcome.Paused) && closed() == null && outcome.failed() == null) {
            pause = null;
        }
        return changes;
    }

    /**
     * Learns from a call that renews no lease: it can pause the whole IP, but its failing alone says nothing about the
     * others.
     *
     * @return what has changed for the whole fleet
     */
    public synchronized List<FleetEvent> learnAside(RenewalOutcome outcome) {
        if (outcome instanceof RenewalOutcome.Skipped) {
            weight.giveBack();
        }
        if (outcome instanceof RenewalOutcome.Paused paused
                && (pause == null || pause.until().isBefore(paused.until()))) {
            pause = new Pause(paused.until(), paused.failure().reason());
            return List.of(new FleetEvent.Paused(pause, paused.failure()));
        }
        return List.of();
    }

    /**
     * Learns the weight that all programs on this IP have used.
     *
     * @param used as the exchange counts it, our own calls included
     * @param windowEnds when the exchange's current window ends
     */
    public synchronized void observeUsedWeight(int used, Instant windowEnds) {
        weight.observeUsed(used, windowEnds);
    }

    /**
     * Learns the exchange's own limit.
     *
     * @param limit weight for the whole IP in a window as long as the budget's; at least 1
     */
    public synchronized void observeLimit(int limit) {
        weight.observeLimit(limit);
    }

    /** The pause in force, null when the gate is open. */
    public synchronized @Nullable Pause closed() {
        return pause != null && clock.instant().isBefore(pause.until()) ? pause : null;
    }

    /** When calls may leave again; the distant past when they may. */
    public Instant opensAt() {
        Pause now = closed();
        return now == null ? Instant.EPOCH : now.until();
    }

    /** Whether so many calls in a row came to nothing that the exchange counts as out of reach. */
    public synchronized boolean isAway() {
        return silence.isAway();
    }

    public Budget budget() {
        return budget;
    }

    /** Weight used in the current window: our own, or the exchange's count for this IP when that is higher. */
    public synchronized int weightUsed() {
        return weight.usedByAll();
    }

    /** Weight that we may use per window: the budget, or what the exchange's limit leaves when that is less. */
    public synchronized int weightLimit() {
        return weight.limit();
    }

    /** Calls per second that we sustain. */
    public double perSecond() {
        return weightLimit() * 1e9 / budget.window().toNanos();
    }
}
