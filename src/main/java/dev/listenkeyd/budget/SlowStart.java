package dev.listenkeyd.budget;

/**
 * How many calls may leave after a pause: one, then two, four, and so on. A step follows when the replies of the last one
 * are all in and good; a step with a failure is repeated. So a pause that is not over is answered by one call, not by all
 * that waited. Not thread-safe: {@link ExchangeGate} guards it.
 */
final class SlowStart {

    /** Calls that leave together. A reply to a call of an earlier step changes nothing any more. */
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

    /** More calls than this are never in flight at once. */
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
     * @param good it is the exchange's own, and asks for no pause
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

    /** Whether the call belongs to the step that is under way. */
    boolean isCurrent(Step of) {
        return of == step;
    }
}
