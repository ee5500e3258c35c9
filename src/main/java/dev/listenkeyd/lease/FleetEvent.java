package dev.listenkeyd.lease;

import java.time.Duration;

/** An event that concerns all leases. */
public sealed interface FleetEvent {

    /**
     * The wall clock moved against the monotonic one: it was set, or the machine was asleep.
     *
     * @param by negative when it was set back
     */
    record ClockJumped(Duration by) implements FleetEvent {}

    /** The renewal loop stalled for this long: the process was frozen, or the machine too busy. */
    record LoopStalled(Duration time) implements FleetEvent {}

    /** This many calls in a row failed, whatever their account: the exchange is unreachable. */
    record ExchangeUnreachable(int calls) implements FleetEvent {}

    /** The exchange answers again, this long after it was found unreachable. */
    record ExchangeReachable(Duration after) implements FleetEvent {}

    /** The exchange orders this whole IP to pause, for longer than known before. */
    record Paused(Pause pause, Failure failure) implements FleetEvent {}

    /**
     * A pause has ended before its time.
     *
     * @param byHand an operator lifted it; otherwise a probe was answered
     */
    record PauseLifted(Pause pause, boolean byHand) implements FleetEvent {}

    /** A 429: the daemon uses less weight per window for a while. */
    record BudgetReduced(int before, int after) implements FleetEvent {}

    /** The exchange has named its limit; the daemon uses this much weight per window. */
    record LimitLearned(int weight, Duration window) implements FleetEvent {}

    /** The exchange's limit could not be read; the limit known before stays in force. */
    record LimitUnreadable(Failure failure, int weight, Duration window) implements FleetEvent {}

    /**
     * The exchange names a limit that is implausible.
     *
     * @param limit per window, as it says
     * @param believed it was named twice: the limit is in force, and asked for again soon
     */
    record LimitDoubted(int limit, boolean believed) implements FleetEvent {}

    /**
     * Most keys were reported dead within minutes: new keys are requested one at a time until that works.
     *
     * @param dead accounts whose key was reported dead before its deadline
     * @param leases in all
     */
    record RecreationThrottled(int dead, int leases) implements FleetEvent {}

    /** Recreation works again and runs as fast as the budget allows. */
    record RecreationResumed(Duration after) implements FleetEvent {}

    /** A write failed or has taken seconds; renewals go on from memory. */
    record StoreFailing() implements FleetEvent {}

    /** All changes are on disk again, this long after the first failure. */
    record StoreRecovered(Duration after) implements FleetEvent {}

    /** A defect of the daemon made a call fail. The message may hold a secret: show only the type and the trace. */
    record CallBroke(Throwable defect) implements FleetEvent {}
}
