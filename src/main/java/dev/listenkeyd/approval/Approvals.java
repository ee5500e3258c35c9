package dev.listenkeyd.approval;

import dev.listenkeyd.approval.ApprovalOutcome.Ending;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls that wait for a person. Each ends with exactly one {@link ApprovalOutcome}, and a later decision has no effect, so no call
 * is made after its agent stopped waiting. Thread-safe.
 */
public final class Approvals {
    /** Calls that wait at the same time; a person would not look through more. */
    public static final int MOST_WAITING = 32;

    /** Waiting calls of one client, so that an agent in a loop leaves room for others. */
    public static final int MOST_PER_CLIENT = 4;

    private final Duration patience;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final Supplier<String> ids;
    /** By id, oldest first. */
    private final Map<String, PendingApproval> waiting = new LinkedHashMap<>();

    /** Whether a decision had an effect. */
    public enum DecisionResult {
        DECIDED,
        /** There is no such call, or it does not wait any more. */
        UNKNOWN,
        /** A client can't decide on a call of its own agent. */
        OWN_CALL
    }

    /** A call that waits. */
    public final class PendingApproval {
        private final String id;
        private final ApprovalRequest request;
        private final Instant askedAt;
        private final long deadline;
        private final CompletableFuture<ApprovalOutcome> outcome = new CompletableFuture<>();

        private PendingApproval(String id, ApprovalRequest request) {
            this.id = id;
            this.request = request;
            this.askedAt = clock.instant();
            this.deadline = nanoTime.getAsLong() + patience.toNanos();
        }

        public String id() {
            return id;
        }

        public ApprovalRequest request() {
            return request;
        }

        public Instant askedAt() {
            return askedAt;
        }

        /** When it times out, if the wall clock is not set meanwhile. */
        public Instant until() {
            return askedAt.plus(patience);
        }

        /** Completes once, never with an error. */
        public CompletionStage<ApprovalOutcome> outcome() {
            return outcome.minimalCompletionStage();
        }

        /** Whether nothing has ended it yet. */
        public boolean isWaiting() {
            return !outcome.isDone();
        }

        /** The agent does not wait any more. */
        public void withdraw() {
            end(this, ApprovalOutcome.of(Ending.WITHDRAWN));
        }
    }

    /**
     * @param patience how long a call waits
     * @param nanoTime monotonic time
     * @param ids unguessable and unique
     */
    public Approvals(Duration patience, InstantSource clock, LongSupplier nanoTime, Supplier<String> ids) {
        this.patience = patience;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.ids = ids;
    }

    /** Asks a person; when too many calls wait already, the outcome is there at once. */
    public PendingApproval ask(ApprovalRequest request) {
        PendingApproval pending = new PendingApproval(ids.get(), request);
        synchronized (waiting) {
            long own = waiting.values().stream()
                    .filter(other -> other.request.client().equals(request.client()))
                    .count();
            if (waiting.size() < MOST_WAITING && own < MOST_PER_CLIENT) {
                waiting.put(pending.id, pending);
                return pending;
            }
        }
        pending.outcome.complete(ApprovalOutcome.of(Ending.NOT_ASKED));
        return pending;
    }

    /** Calls that wait now, oldest first. */
    public List<PendingApproval> waiting() {
        synchronized (waiting) {
            return List.copyOf(waiting.values());
        }
    }

    /**
     * Takes the decision of a person.
     *
     * @param by the client that the person uses
     * @param reason for the agent, null for none
     */
    public DecisionResult decide(String id, String by, boolean approve, @Nullable String reason) {
        PendingApproval pending;
        synchronized (waiting) {
            pending = waiting.get(id);
        }
        if (pending == null || isOver(pending)) {
            return DecisionResult.UNKNOWN;
        }
        if (pending.request.client().equals(by)) {
            return DecisionResult.OWN_CALL;
        }
        ApprovalOutcome outcome =
                approve ? ApprovalOutcome.of(Ending.APPROVED) : new ApprovalOutcome(Ending.REJECTED, reason);
        return end(pending, outcome) ? DecisionResult.DECIDED : DecisionResult.UNKNOWN;
    }

    /** Ends the calls that have waited long enough. To be called about once a second. */
    public void tick() {
        endAll(this::isOver);
    }

    /** Ends all calls that wait: the process stops. */
    public void close() {
        endAll(pending -> true);
    }

    private void endAll(Predicate<PendingApproval> which) {
        waiting().stream().filter(which).forEach(pending -> end(pending, ApprovalOutcome.of(Ending.TIMED_OUT)));
    }

    private boolean isOver(PendingApproval pending) {
        return nanoTime.getAsLong() - pending.deadline >= 0;
    }

    /** Whether this outcome ended it. Completed outside of the lock, since the call goes on in this thread. */
    private boolean end(PendingApproval pending, ApprovalOutcome outcome) {
        synchronized (waiting) {
            waiting.remove(pending.id, pending);
        }
        return pending.outcome.complete(outcome);
    }
}
