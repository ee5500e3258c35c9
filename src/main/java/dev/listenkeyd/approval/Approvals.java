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
 * Calls that wait for a person. Each leaves by exactly one {@link ApprovalOutcome}; a decision that comes later finds nothing to
 * decide, so no call is carried out that nobody waits for any more. Thread-safe.
 */
public final class Approvals {
    /** Calls that wait at the same time; nobody looks through more. */
    public static final int MOST_WAITING = 32;

    /** Of one client, so that one agent in a loop leaves room to others. */
    public static final int MOST_PER_CLIENT = 4;

    private final Duration patience;
    private final InstantSource clock;
    private final LongSupplier nanos;
    private final Supplier<String> ids;
    /** By id, oldest first. */
    private final Map<String, Request> waiting = new LinkedHashMap<>();

    /** What became of a decision. */
    public enum Outcome {
        DECIDED,
        /** There is no such call, or no more. */
        UNKNOWN,
        /** Who asks can't be who decides. */
        OWN_CALL
    }

    /** A call that waits. */
    public final class Request {
        private final String id;
        private final ApprovalRequest question;
        private final Instant askedAt;
        private final long giveUpAt;
        private final CompletableFuture<ApprovalOutcome> verdict = new CompletableFuture<>();

        private Request(String id, ApprovalRequest question) {
            this.id = id;
            this.question = question;
            this.askedAt = clock.instant();
            this.giveUpAt = nanos.getAsLong() + patience.toNanos();
        }

        public String id() {
            return id;
        }

        public ApprovalRequest question() {
            return question;
        }

        public Instant askedAt() {
            return askedAt;
        }

        /** When it is too late, as far as clocks agree. */
        public Instant until() {
            return askedAt.plus(patience);
        }

        /** Completes once, never with an error. */
        public CompletionStage<ApprovalOutcome> verdict() {
            return verdict.minimalCompletionStage();
        }

        /** Whether nothing has ended it yet. */
        public boolean isWaiting() {
            return !verdict.isDone();
        }

        /** The agent waits no longer. */
        public void withdraw() {
            end(this, ApprovalOutcome.of(Ending.WITHDRAWN));
        }
    }

    /**
     * @param patience how long a call waits
     * @param nanos monotonic time
     * @param ids that nobody guesses, each another one
     */
    public Approvals(Duration patience, InstantSource clock, LongSupplier nanos, Supplier<String> ids) {
        this.patience = patience;
        this.clock = clock;
        this.nanos = nanos;
        this.ids = ids;
    }

    /** Asks; when too many wait already, the verdict is there at once. */
    public Request ask(ApprovalRequest question) {
        Request request = new Request(ids.get(), question);
        synchronized (waiting) {
            long own = waiting.values().stream()
                    .filter(other -> other.question.client().equals(question.client()))
                    .count();
            if (waiting.size() < MOST_WAITING && own < MOST_PER_CLIENT) {
                waiting.put(request.id, request);
                return request;
            }
        }
        request.verdict.complete(ApprovalOutcome.of(Ending.NOT_ASKED));
        return request;
    }

    /** Calls that wait now, oldest first. */
    public List<Request> waiting() {
        synchronized (waiting) {
            return List.copyOf(waiting.values());
        }
    }

    /**
     * A person decides.
     *
     * @param by the client that the person uses
     * @param reason for the agent, null for none
     */
    public Outcome decide(String id, String by, boolean approve, @Nullable String reason) {
        Request request;
        synchronized (waiting) {
            request = waiting.get(id);
        }
        if (request == null || isOver(request)) {
            return Outcome.UNKNOWN;
        }
        if (request.question.client().equals(by)) {
            return Outcome.OWN_CALL;
        }
        return end(
                        request,
                        approve ? ApprovalOutcome.of(Ending.APPROVED) : new ApprovalOutcome(Ending.REJECTED, reason))
                ? Outcome.DECIDED
                : Outcome.UNKNOWN;
    }

    /** Ends what has waited long enough. To be called about once a second. */
    public void tick() {
        endAll(this::isOver, ApprovalOutcome.of(Ending.TIMED_OUT));
    }

    /** Ends all that waits: the process is going down. */
    public void close() {
        endAll(request -> true, ApprovalOutcome.of(Ending.TIMED_OUT));
    }

    private void endAll(Predicate<Request> which, ApprovalOutcome verdict) {
        waiting().stream().filter(which).forEach(request -> end(request, verdict));
    }

    private boolean isOver(Request request) {
        return nanos.getAsLong() - request.giveUpAt >= 0;
    }

    /** Whether it was this verdict that ended it. Told outside of the lock: who waits goes on in this thread. */
    private boolean end(Request request, ApprovalOutcome verdict) {
        synchronized (waiting) {
            waiting.remove(request.id, request);
        }
        return request.verdict.complete(verdict);
    }
}
