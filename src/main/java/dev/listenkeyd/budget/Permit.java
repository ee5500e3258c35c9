package dev.listenkeyd.budget;

import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.lease.RenewalOutcome.Skipped;
import java.util.List;

/**
 * Leave for one call, from {@link ExchangeGate#tryAcquire}. It is settled exactly once, by what the call came to; used with
 * try, so that one whose call was never made is released. Later attempts to settle it change nothing.
 */
public final class Permit implements AutoCloseable {
    private final ExchangeGate gate;
    private final Priority priority;
    private final SlowStart.Step step;
    private final int level;
    private final boolean unproven;
    private final long sentAt;
    private boolean settled;

    /**
     * @param step of the slow start after a pause, to which the call belongs
     * @param level how many calls the window holds with this one
     * @param unproven whether so many have not worked before
     * @param sentAt by the gate's monotonic time
     */
    Permit(ExchangeGate gate, Priority priority, SlowStart.Step step, int level, boolean unproven, long sentAt) {
        this.gate = gate;
        this.priority = priority;
        this.step = step;
        this.level = level;
        this.unproven = unproven;
        this.sentAt = sentAt;
    }

    /**
     * Settles it by the outcome of its call.
     *
     * @return what has changed for the whole fleet
     */
    public List<FleetEvent> settle(RenewalOutcome outcome) {
        if (outcome instanceof Skipped) {
            release();
            return List.of();
        }
        return outcome.failed() == null ? succeeded() : failed(outcome);
    }

    /** The call worked. */
    public List<FleetEvent> succeeded() {
        return gate.succeeded(this);
    }

    /** The call failed, or the exchange asks this IP to be silent. */
    public List<FleetEvent> failed(RenewalOutcome outcome) {
        return gate.failed(this, outcome);
    }

    /** The call never left: its weight is free again. */
    public void release() {
        gate.release(this);
    }

    @Override
    public void close() {
        release();
    }

    Priority priority() {
        return priority;
    }

    SlowStart.Step step() {
        return step;
    }

    int level() {
        return level;
    }

    boolean isUnproven() {
        return unproven;
    }

    long sentAt() {
        return sentAt;
    }

    /** Whether this is the first time; guarded by the gate. */
    boolean settleOnce() {
        boolean first = !settled;
        settled = true;
        return first;
    }
}
