package dev.listenkeyd.lease;

import java.time.Duration;

/** An event that concerns all leases. */
public sealed interface FleetEvent {

    /** Calls the visitor's method for this event. */
    void accept(Visitor visitor);

    /** A method for each event: a new event breaks the build wherever its method is missing. */
    interface Visitor {
        void clockJumped(ClockJumped event);

        void loopStalled(LoopStalled event);

        void exchangeUnreachable(ExchangeUnreachable event);

        void exchangeReachable(ExchangeReachable event);

        void paused(Paused event);

        void pauseLifted(PauseLifted event);

        void budgetReduced(BudgetReduced event);

        void limitLearned(LimitLearned event);

        void limitUnreadable(LimitUnreadable event);

        void limitDoubted(LimitDoubted event);

        void recreationThrottled(RecreationThrottled event);

        void recreationResumed(RecreationResumed event);

        void storeFailing(StoreFailing event);

        void storeRecovered(StoreRecovered event);

        void callBroke(CallBroke event);
    }

    /**
     * The wall clock moved against the monotonic one: it was set, or the machine was asleep.
     *
     * @param by negative when it was set back
     */
    record ClockJumped(Duration by) implements FleetEvent {
        @Override
        public void accept(Visitor visitor) {
            visitor.clockJumped(this);
        }
    }

    /** The renewal loop stalled for this long: the process was frozen, or the machine too busy. */
    record LoopStalled(Duration time) implements FleetEvent {
        @Override
        public void accept(Visitor visitor) {
            visitor.loopStalled(this);
        }
    }

    /** This many calls in a row failed, whatever their account: the exchange is unreachable. */
    record ExchangeUnreachable(int calls) implements FleetEvent {
        @Override
        public void accept(Visitor visitor) {
            visitor.exchangeUnreachable(this);
        }
    }

    /** The exchange answers again, this long after it was found unreachable. */
    record ExchangeReachable(Duration after) implements FleetEvent {
        @Override
        public void accept(Visitor visitor) {
            visitor.exchangeReachable(this);
        }
    }

    /** The exchange orders this whole IP to pause, for longer than known before. */
    record Paused(Pause pause, Failure failure) implements FleetEvent {
        @Override
        public void accept(Visitor visitor) {
            visitor.paused(this);
        }
    }

    /**
     * A pause has ended before its time.
     *
     * @param byHand an operator lifted it; otherwise a probe was answered
     */
    record PauseLifted(Pause pause, boolean byHand) implements FleetEvent {
        @Override
        public void accept(Visitor visitor) {
            visitor.pauseLifted(this);
        }
    }

    /** A 429: the daemon uses less weight per window for a while. */
    record BudgetReduced(int before, int after) implements FleetEvent {
        @Override
        public void accept(Visitor visitor) {
            visitor.budgetReduced(this);
        }
    }

    /** The exchange has named its limit; the daemon uses this much weight per window. */
    record LimitLearned(int weight, Duration window) implements FleetEvent {
        @Override
        public void accept(Visitor visitor) {
            visitor.limitLearned(this);
        }
    }

    /** The exchange's limit could not be read; the limit known before stays in force. */
    record LimitUnreadable(Failure failure, int weight, Duration window) implements FleetEvent {
        @Override
        public void accept(Visitor visitor) {
            visitor.limitUnreadable(this);
        }
    }

    /**
     * The exchange names a limit that is implausible.
     *
     * @param limit per window, as it says
     * @param believed it was named twice: the limit is in force, and asked for again soon
     */
    record LimitDoubted(int limit, boolean believed) implements FleetEvent {
        @Override
        public void accept(Visitor visitor) {
            visitor.limitDoubted(this);
        }
    }

    /**
     * Most keys were reported dead within minutes: new keys are requested one at a time until that works.
     *
     * @param dead accounts whose key was reported dead before its deadline
     * @param leases in all
     */
    record RecreationThrottled(int dead, int leases) implements FleetEvent {
        @Override
        public void accept(Visitor visitor) {
            visitor.recreationThrottled(this);
        }
    }

    /** Recreation works again and runs as fast as the budget allows. */
    record RecreationResumed(Duration after) implements FleetEvent {
        @Override
        public void accept(Visitor visitor) {
            visitor.recreationResumed(this);
        }
    }

    /** A write failed or has taken seconds; renewals go on from memory. */
    record StoreFailing() implements FleetEvent {
        @Override
        public void accept(Visitor visitor) {
            visitor.storeFailing(this);
        }
    }

    /** All changes are on disk again, this long after the first failure. */
    record StoreRecovered(Duration after) implements FleetEvent {
        @Override
        public void accept(Visitor visitor) {
            visitor.storeRecovered(this);
        }
    }

    /** A defect of the daemon made a call fail. The message may hold a secret: show only the type and the trace. */
    record CallBroke(Throwable defect) implements FleetEvent {
        @Override
        public void accept(Visitor visitor) {
            visitor.callBroke(this);
        }
    }
}
