package dev.listenkeyd.budget;

/**
 * The weight per window that has succeeded before. Beyond it only a few calls may be in flight, so that an unknown limit costs a few refused calls instead of dozens. Not thread-safe: {@link ExchangeGate} guards it.
 */
final class ProvenWeight {
    /** Most calls in flight beyond the proven weight: this number, or a fifth of the proven weight if that is more. */
    private static final int LEAST_IN_FLIGHT = 3;

    private static final int SHARE_IN_FLIGHT = 5;

    private int proven = Integer.MAX_VALUE;
    private int inFlight;

    ProvenWeight copy() {
        ProvenWeight copy = new ProvenWeight();
        copy.proven = proven;
        return copy;
    }

    /** Lowers the proven weight to at most this. */
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

    /** A call succeeded as this many in the window. */
    void worked(int level) {
        proven = Math.max(proven, level);
    }
}
