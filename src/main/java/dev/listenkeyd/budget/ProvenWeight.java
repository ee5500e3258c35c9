package dev.listenkeyd.budget;

/**
 * The weight per window that is known to work, because it has. Beyond it few calls are in flight at once, so that a limit
 * that nobody told us is found by a few refused calls and not by dozens. Not thread-safe: {@link ExchangeGate} guards it.
 */
final class ProvenWeight {
    /** Calls in flight beyond what is proven: so many, or a share of what is proven when that is more. */
    private static final int LEAST_IN_FLIGHT = 3;

    private static final int SHARE_IN_FLIGHT = 5;

    private int proven = Integer.MAX_VALUE;
    private int inFlight;

    ProvenWeight copy() {
        ProvenWeight copy = new ProvenWeight();
        copy.proven = proven;
        return copy;
    }

    /** From now on no more than this counts as proven. */
    void atMost(int weight) {
        proven = Math.min(proven, weight);
    }

    /** @param level calls in the window, the one in question included */
    boolean isUnproven(int level) {
        return level > proven;
    }

    boolean permits(int level) {
        return !isUnproven(level) || inFlight < Math.max(LEAST_IN_FLIGHT, proven / SHARE_IN_FLIGHT);
    }

    void called(boolean unproven) {
        inFlight += unproven ? 1 : 0;
    }

    void settled(boolean unproven) {
        inFlight -= unproven ? 1 : 0;
    }

    /** So many calls in one window worked. */
    void worked(int level) {
        proven = Math.max(proven, level);
    }
}
