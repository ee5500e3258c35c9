package dev.listenkeyd.approval;

import dev.listenkeyd.approval.ApprovalOutcome.Ending;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls that wait for a person. Each ends with exactly one {@link ApprovalOutcome}, and a later decision has no effect, so no call
 * is made after its agent stopped waiting. A call waits at the replica that got it; a person may decide at any one that shares the
 * {@link ApprovalStore}. Thread-safe.
 */
public final class Approvals {
    private final Duration patience;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final Supplier<String> ids;
    private final ApprovalStore store;
    /** The calls that wait here, by id. */
    private final Map<String, PendingApproval> pending = new LinkedHashMap<>();
    /** Ids of calls that have ended here, until the store is known not to have them. */
    private final Set<String> ended = new HashSet<>();

    private volatile Runnable onChange = () -> {};
    /** The calls that waited anywhere at the last look. */
    private volatile List<String> seen = List.of();

    /** Whether a decision had an effect. */
    public enum DecisionResult {
        DECIDED,
        /** There is no such call, or it does not wait any more. */
        UNKNOWN,
        /** A client can't decide on a call of its own agent. */
        OWN_CALL
    }

    /** A call that waits here. */
    public final class PendingApproval {
        private final WaitingCall call;
        private final long deadline;
        private final CompletableFuture<ApprovalOutcome> outcome = new CompletableFuture<>();

        private PendingApproval(String id, ApprovalRequest request) {
            Instant now = clock.instant();
            this.call = new WaitingCall(id, request, now, now.plus(patience));
            this.deadline = nanoTime.getAsLong() + patience.toNanos();
        }

        public String id() {
            return call.id();
        }

        /** Its times are right if the wall clock is not set meanwhile. */
        public WaitingCall call() {
            return call;
        }

        /** Completes once, never with an error. */
        public CompletionStage<ApprovalOutcome> outcome() {
            return outcome.minimalCompletionStage();
        }

        /** Whether nothing has ended it yet. */
        public boolean isWaiting() {
            return !outcome.isDone();
        }

        /** The agent does not wait any more. Does not block. */
        public void withdraw() {
            complete(this, ApprovalOutcome.of(Ending.WITHDRAWN));
        }
    }

    /**
     * @param patience how long a call waits
     * @param nanoTime monotonic time
     * @param ids unguessable and unique
     */
    public Approvals(
            Duration patience, InstantSource clock, LongSupplier nanoTime, Supplier<String> ids, ApprovalStore store) {
        this.patience = patience;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.ids = ids;
        this.store = store;
    }

    /** @param listener called when a call has begun to wait or has ended, by any thread; it must neither block nor throw */
    public void onChange(Runnable listener) {
        onChange = listener;
    }

    /** Asks a person; when that is not possible, the outcome is there at once. May block for the store. */
    public PendingApproval ask(ApprovalRequest request) {
        PendingApproval asked = new PendingApproval(ids.get(), request);
        // First: a decision may come as soon as the store has the call.
        synchronized (pending) {
            pending.put(asked.id(), asked);
        }
        try {
            if (store.add(asked.call, patience)) {
                onChange.run();
            } else {
                complete(asked, ApprovalOutcome.of(Ending.NOT_ASKED));
            }
        } catch (ApprovalStore.Unavailable e) {
            complete(asked, ApprovalOutcome.of(Ending.STORE_UNAVAILABLE));
        }
        return asked;
    }

    /**
     * Calls that wait now at any replica, oldest first. May block for the store.
     *
     * @throws ApprovalStore.Unavailable when those of others can't be known now
     */
    public List<WaitingCall> waiting() {
        return store.waiting();
    }

    /** How many calls wait here. */
    public int pending() {
        return pendingHere().size();
    }

    /**
     * Takes the decision of a person. May block for the store.
     *
     * @param by the client that the person uses
     * @param reason for the agent, null for none
     * @throws ApprovalStore.Unavailable when it can't be known whether somebody else has decided; this decision may hold or not
     */
    public DecisionResult decide(String id, String by, boolean approve, @Nullable String reason) {
        PendingApproval here;
        boolean over;
        synchronized (pending) {
            here = pending.get(id);
            // The store may still have it.
            over = ended.contains(id);
        }
        if (over || (here != null && isOver(here))) {
            return DecisionResult.UNKNOWN;
        }
        ApprovalOutcome decision =
                approve ? ApprovalOutcome.of(Ending.APPROVED) : new ApprovalOutcome(Ending.REJECTED, reason);
        DecisionResult result = store.decide(id, by, decision);
        if (result != DecisionResult.DECIDED || here == null) {
            return result;
        }
        complete(here, decision);
        // The agent may have hung up a moment before.
        return here.outcome.join().equals(decision) ? DecisionResult.DECIDED : DecisionResult.UNKNOWN;
    }

    /**
     * Ends the calls that others have decided, or that have waited long enough, and removes those that have ended from the store. May block for the store. To be called about once
     * a second, and ten times a second where others may decide.
     */
    public void tick() {
        removeEnded();
        List<PendingApproval> all = pendingHere();
        if (all.isEmpty()) {
            return;
        }
        List<String> late =
                all.stream().filter(this::isOver).map(PendingApproval::id).toList();
        Map<String, ApprovalOutcome> decided = decisions(all, late);
        for (PendingApproval one : all) {
            ApprovalOutcome decision = decided.get(one.id());
            if (decision != null) {
                complete(one, decision);
            } else if (late.contains(one.id())) {
                complete(one, ApprovalOutcome.of(Ending.TIMED_OUT));
            }
        }
    }

    /** The first removal may have failed: persons at other replicas would still see the call, and approve it without effect. */
    private void removeEnded() {
        List<String> ids;
        synchronized (pending) {
            ids = List.copyOf(ended);
        }
        if (ids.isEmpty()) {
            return;
        }
        try {
            store.end(ids);
        } catch (ApprovalStore.Unavailable e) {
            return;
        }
        synchronized (pending) {
            ended.removeAll(ids);
        }
    }

    /** Tells the listener of calls that wait elsewhere, too. Blocks for the store. To be called about once a second where it is shared. */
    public void watchOthers() {
        List<String> now;
        try {
            now = store.waiting().stream().map(WaitingCall::id).toList();
        } catch (ApprovalStore.Unavailable e) {
            return;
        }
        if (!now.equals(seen)) {
            seen = now;
            onChange.run();
        }
    }

    /** Without the store a decision can't be known, and what nobody is known to have approved is not done. */
    private Map<String, ApprovalOutcome> decisions(List<PendingApproval> all, Collection<String> late) {
        try {
            Map<String, ApprovalOutcome> decided = new HashMap<>(
                    store.decisions(all.stream().map(PendingApproval::id).toList()));
            if (!late.isEmpty()) {
                decided.putAll(store.end(late));
            }
            return decided;
        } catch (ApprovalStore.Unavailable e) {
            return Map.of();
        }
    }

    /** Ends all calls that wait here: the process stops. */
    public void close() {
        pendingHere().forEach(one -> complete(one, ApprovalOutcome.of(Ending.TIMED_OUT)));
    }

    private List<PendingApproval> pendingHere() {
        synchronized (pending) {
            return List.copyOf(pending.values());
        }
    }

    private boolean isOver(PendingApproval one) {
        return nanoTime.getAsLong() - one.deadline >= 0;
    }

    /** Ends it, unless it has ended before. Completed outside of the lock, since the call goes on in this thread. */
    private void complete(PendingApproval one, ApprovalOutcome outcome) {
        synchronized (pending) {
            // With the store away no call is added, which bounds these.
            if (pending.remove(one.id(), one) && outcome.ending().wasAsked()) {
                ended.add(one.id());
            }
        }
        store.remove(one.id());
        onChange.run();
        one.outcome.complete(outcome);
    }
}
