package dev.listenkeyd.approval;

import dev.listenkeyd.approval.Approvals.DecisionResult;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The calls that wait, those of other replicas included where several share a store. A call is decided once, whoever decides and
 * where. All methods but {@link #remove} may block, and throw {@link Unavailable} when the store can't be reached. Thread-safe.
 */
public interface ApprovalStore {
    /** Calls that wait at the same time; a person would not look through more. */
    int MOST_WAITING = 32;

    /** Waiting calls of one client, so that an agent in a loop leaves room for others. */
    int MOST_PER_CLIENT = 4;

    /**
     * Adds a call that waits here.
     *
     * @param patience how long it waits from now on
     * @return false when too many wait already
     */
    boolean add(WaitingCall call, Duration patience);

    /** Calls that wait now, oldest first. */
    List<WaitingCall> waiting();

    /**
     * Takes the decision on a call that waits.
     *
     * @param by the client of the person, who can't decide on a call of its own agent
     */
    DecisionResult decide(String id, String by, ApprovalOutcome decision);

    /** The decisions on these calls, which wait here; others may have decided. */
    Map<String, ApprovalOutcome> decisions(Collection<String> ids);

    /**
     * Ends the wait of these calls, so that none of them can be decided any more.
     *
     * @return the decisions that came before
     */
    Map<String, ApprovalOutcome> end(Collection<String> ids);

    /** Forgets a call that does not wait any more, now or soon; not when the store can't be reached. */
    void remove(String id);

    /** Whether calls of other replicas are here, too, so that a decision on a call may come from elsewhere. */
    boolean isShared();

    /** The store can't be reached now. */
    final class Unavailable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public Unavailable(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }
}
