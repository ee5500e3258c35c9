package dev.listenkeyd.budget;

import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.lease.RenewalOutcome.Skipped;
import java.util.List;

/**
 * Permission for one call, from {@link ExchangeGate#tryAcquire}. It is settled once, by the outcome of the call; closing it releases it if the call was never made. Settling it again has no effect.
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
     * @param step the step of the slow start to which the call belongs
     * @param level calls in the window, this one included
     * @param unproven whether this level has never succeeded before
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
     * Settles the permit by the outcome of its call.
     *
     * @return changes that concern all leases
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

    /** The call failed, or the exchange ordered a pause. */
    public List<FleetEvent> failed(RenewalOutcome outcome) {
        return gate.failed(this, outcome);
    }

    /** The call never left; its weight is returned. */
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

    /** Marks it settled; false if it was already. Guarded by the gate. */
    boolean settleOnce() {
        boolean first = !settled;
        settled = true;
        return first;
    }
}
