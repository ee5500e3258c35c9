package dev.listenkeyd.simulation;

import dev.listenkeyd.renewal.RenewalPolicy;

/**
 * How much the {@link Omniscient} is held back, and why. All times in milliseconds.
 *
 * @param weather single calls that fail by pure chance cost one more gap
 */
public record Handicaps(SimulationSetup setup, NetworkConditions weather) {
    /** As the contract has them, not as the core does. */
    private static final long SLOW_RETRY = 300_000;

    private static final long LAST_SLOT = 2000;
    private static final int SHARE_PER_CALL = 4;
    private static final int SHARE_WHEN_REFUSED = 2;
    private static final int SHARE_OF_PROBES = 2;

    int weight() {
        return setup.budget().weight();
    }

    public long window() {
        return setup.budget().window().toMillis();
    }

    /** Weight that went to probes while the exchange was away. */
    public int probes() {
        return weight() / SHARE_OF_PROBES;
    }

    /** From due to done when all is well: a tick, a call, and after a hiccup that call's timeout and the first gap. */
    public long usual() {
        long once = SimulatedDaemon.TICK + NetworkConditions.FAST;
        return weather.hiccups > 0 ? 2 * once + SimulatedDaemon.CALL_TIMEOUT + 2 * retryMin() : once;
    }

    /** A call must leave while a quarter of what is left is enough for its reply, and before the last slot. */
    public long lastCall() {
        return Math.max(LAST_SLOT, SHARE_PER_CALL * NetworkConditions.FAST);
    }

    /**
     * From the return of the exchange to the reply of the first call that works: one call may be under way and hang for
     * its timeout; then comes the gap that the backoff allows at this distance from the deadline, a tick, and the call.
     */
    public long reaction(long at, long deadline) {
        long left = deadline - at;
        long once = hang(left) + gap(left) + SimulatedDaemon.TICK + NetworkConditions.FAST;
        return weather.hiccups > 0 ? once + hang(left - once) + gap(left - once) + SimulatedDaemon.TICK : once;
    }

    /** From the return of an account's credentials to its next call; no call of it hangs while they are refused. */
    long reactionToPardon(long at, long deadline) {
        long left = Math.max(0, deadline - LAST_SLOT - at);
        long slow = Math.min(SLOW_RETRY, left / SHARE_WHEN_REFUSED);
        return Math.max(reaction(at, deadline), Math.max(slow, retryMin()) + SimulatedDaemon.TICK + usual());
    }

    private static long hang(long left) {
        return Math.max(1000, Math.min(SimulatedDaemon.CALL_TIMEOUT, left / SHARE_PER_CALL));
    }

    private long gap(long left) {
        RenewalPolicy policy = setup.policy();
        long shrunk = (left - LAST_SLOT) / policy.attemptsKept();
        return Math.max(retryMin(), Math.min(policy.retryMax().toMillis(), shrunk));
    }

    private long retryMin() {
        return setup.policy().retryMin().toMillis();
    }
}
