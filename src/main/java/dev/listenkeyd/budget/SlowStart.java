package dev.listenkeyd.budget;

/**
 * Limits the calls after a pause: one, then two, four, and so on. The next step starts when all calls of the last one have succeeded; a step with a failure is repeated. So a pause that goes on costs one call, not all that waited. Not thread-safe: {@link ExchangeGate} guards it.
 */
final class SlowStart {

    /** Calls that leave together. Replies to calls of earlier steps are ignored. */
    static final class Step {
        private final int size;
        private int left;
        private int awaited;
        private boolean failed;

        private Step(int size) {
            this.size = size;
            this.left = size;
            this.awaited = size;
        }
    }

    /** A step of this size is no limit: more calls are never in flight. */
    private static final int LARGEST = ExchangeGate.MAX_CALLS_IN_FLIGHT;

    private Step step = new Step(Integer.MAX_VALUE);

    /** A pause has begun, or was lifted. */
    void begin() {
        step = new Step(1);
    }

    boolean permits() {
        return isOver() || step.left > 0;
    }

    private boolean isOver() {
        return step.size > LARGEST;
    }

    Step called() {
        step.left -= isOver() ? 0 : 1;
        return step;
    }

    /** A call of this step never left. */
    void released(Step of) {
        of.left += isOver() ? 0 : 1;
    }

    /**
     * A reply has come.
     *
     * @param good the exchange itself replied, and ordered no pause
     */
    void replied(Step to, boolean good) {
        if (to != step || isOver()) {
            return;
        }
        step.failed |= !good;
        step.awaited--;
        if (step.awaited == 0) {
            step = new Step(step.failed ? step.size : step.size * 2);
        }
    }

    /** Whether the call belongs to the current step. */
    boolean isCurrent(Step of) {
        return of == step;
    }
}
