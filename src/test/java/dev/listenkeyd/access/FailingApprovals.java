package dev.listenkeyd.access;

import dev.listenkeyd.approval.ApprovalOutcome;
import dev.listenkeyd.approval.ApprovalStore;
import dev.listenkeyd.approval.Approvals.DecisionResult;
import dev.listenkeyd.approval.MemoryApprovals;
import dev.listenkeyd.approval.WaitingCall;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** The calls that wait, in a store that can be out of reach. */
@Alternative
@Singleton
public class FailingApprovals implements ApprovalStore {
    private final MemoryApprovals store = new MemoryApprovals();
    public volatile boolean fail;

    private MemoryApprovals store() {
        if (fail) {
            throw new Unavailable("the test says so", null);
        }
        return store;
    }

    @Override
    public boolean add(WaitingCall call, Duration patience) {
        return store().add(call, patience);
    }

    @Override
    public List<WaitingCall> waiting() {
        return store().waiting();
    }

    @Override
    public DecisionResult decide(String id, String by, ApprovalOutcome decision) {
        return store().decide(id, by, decision);
    }

    @Override
    public Map<String, ApprovalOutcome> decisions(Collection<String> ids) {
        return store().decisions(ids);
    }

    @Override
    public Map<String, ApprovalOutcome> end(Collection<String> ids) {
        return store().end(ids);
    }

    @Override
    public void remove(String id) {
        store.remove(id);
    }

    @Override
    public boolean isShared() {
        return false;
    }
}
