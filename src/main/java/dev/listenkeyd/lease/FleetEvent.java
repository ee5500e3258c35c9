package dev.listenkeyd.lease;

import java.time.Duration;

/** Something that happened to all leases at once. */
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

    /** The loop stood still for this long: the process was frozen, or the machine too busy. */
    record LoopStalled(Duration time) implements FleetEvent {
        @Override
        public void accept(Visitor visitor) {
            visitor.loopStalled(this);
        }
    }

    /** So many calls in a row came to nothing, of whatever account: the exchange is out of reach. */
    record ExchangeUnreachable(int calls) implements FleetEvent {
        @Override
        public void accept(Visitor visitor) {
            visitor.exchangeUnreachable(this);
        }
    }

    /** A usable reply came, so long after the exchange was found out of reach. */
    record ExchangeReachable(Duration after) implements FleetEvent {
        @Override
        public void accept(Visitor visitor) {
            visitor.exchangeReachable(this);
        }
    }

    /** The exchange asks this whole IP to be silent, for longer than was known. */
    record Paused(Pause pause, Failure failure) implements FleetEvent {
        @Override
        public void accept(Visitor visitor) {
            visitor.paused(this);
        }
    }

    /**
     * A pause has ended before its time.
     *
     * @param byHand a person lifted it; else a probe found that the exchange answers again
     */
    record PauseLifted(Pause pause, boolean byHand) implements FleetEvent {
        @Override
        public void accept(Visitor visitor) {
            visitor.pauseLifted(this);
        }
    }

    /** The exchange has refused a call because its limit was passed: less weight per window is used for a while. */
    record BudgetReduced(int before, int after) implements FleetEvent {
        @Override
        public void accept(Visitor visitor) {
            visitor.budgetReduced(this);
        }
    }

    /** The exchange's own limit is known; this much of it is used per window. */
    record LimitLearned(int weight, Duration window) implements FleetEvent {
        @Override
        public void accept(Visitor visitor) {
            visitor.limitLearned(this);
        }
    }

    /** The exchange's own limit can't be read; what is known holds. */
    record LimitUnreadable(Failure failure, int weight, Duration window) implements FleetEvent {
        @Override
        public void accept(Visitor visitor) {
            visitor.limitUnreadable(this);
        }
    }

    /**
     * The exchange names a limit that can hardly be true.
     *
     * @param limit per window, as it says
     * @param believed it has said so twice: the limit holds, and is asked for again soon
     */
    record LimitDoubted(int limit, boolean believed) implements FleetEvent {
        @Override
        public void accept(Visitor visitor) {
            visitor.limitDoubted(this);
        }
    }

    /**
     * Most keys were reported dead at once: new ones are made one by one, until that works.
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

    /** Recreation works, and goes on as fast as the budget allows. */
    record RecreationResumed(Duration after) implements FleetEvent {
        @Override
        public void accept(Visitor visitor) {
            visitor.recreationResumed(this);
        }
    }

    /** A change could not be written, or the disk has held one for seconds: renewals go on from memory. */
    record StoreFailing() implements FleetEvent {
        @Override
        public void accept(Visitor visitor) {
            visitor.storeFailing(this);
        }
    }

    /** All changes are on disk again, so long after that failed. */
    record StoreRecovered(Duration after) implements FleetEvent {
        @Override
        public void accept(Visitor visitor) {
            visitor.storeRecovered(this);
        }
    }

    /** A defect of ours made a call fail. Its message may hold a secret: only its type and its trace may be shown. */
    record CallBroke(Throwable defect) implements FleetEvent {
        @Override
        public void accept(Visitor visitor) {
            visitor.callBroke(this);
        }
    }
}
