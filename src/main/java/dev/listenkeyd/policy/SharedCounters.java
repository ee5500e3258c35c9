package dev.listenkeyd.policy;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The used quota of limits of scope {@link Limit.Scope#SERVER}, for all replicas that share a store. Its windows are by the
 * clock of the store. Blocks; throws {@link Unavailable} when the store can't be reached. Thread-safe.
 */
public interface SharedCounters {

    /**
     * The quota of one call; taken from all of the limits, or from none.
     *
     * @param at of the store's clock
     * @param usedUp the limits for which nothing was taken
     */
    record Taken(List<Limit> limits, Instant at, List<Limit> usedUp) {}

    /** Takes one call from each of these limits, or, when one of them is used up, from none. Atomic over all replicas. */
    Taken take(List<Limit> limits);

    /** Gives quota back, unless its window has ended. */
    void giveBack(Taken taken);

    /** The store can't be reached now. */
    final class Unavailable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public Unavailable(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }
}
