package dev.listenkeyd.approval;

import dev.listenkeyd.approval.Approvals.DecisionResult;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The calls that wait at the only replica. Never blocks, and is never unavailable. */
public final class MemoryApprovals implements ApprovalStore {
    /** By id, oldest first. */
    private final Map<String, WaitingCall> calls = new LinkedHashMap<>();

    @Override
    public synchronized boolean add(WaitingCall call, Duration patience) {
        String client = call.request().client();
        long own = calls.values().stream()
                .filter(other -> other.request().client().equals(client))
                .count();
        if (calls.size() >= MOST_WAITING || own >= MOST_PER_CLIENT) {
            return false;
        }
        calls.put(call.id(), call);
        return true;
    }

    @Override
    public synchronized List<WaitingCall> waiting() {
        return List.copyOf(calls.values());
    }

    @Override
    public synchronized DecisionResult decide(String id, String by, ApprovalOutcome decision) {
        WaitingCall call = calls.get(id);
        if (call == null) {
            return DecisionResult.UNKNOWN;
        }
        if (call.request().client().equals(by)) {
            return DecisionResult.OWN_CALL;
        }
        calls.remove(id);
        return DecisionResult.DECIDED;
    }

    /** Each decision ends its call at once. */
    @Override
    public Map<String, ApprovalOutcome> decisions(Collection<String> ids) {
        return Map.of();
    }

    @Override
    public synchronized Map<String, ApprovalOutcome> end(Collection<String> ids) {
        calls.keySet().removeAll(ids);
        return Map.of();
    }

    @Override
    public synchronized void remove(String id) {
        calls.remove(id);
    }

    @Override
    public boolean isShared() {
        return false;
    }
}
