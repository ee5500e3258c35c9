package dev.listenkeyd.approval;

/** The calls that wait at the only replica. */
class MemoryApprovalsTest extends ApprovalStoreContract {
    private final MemoryApprovals store = new MemoryApprovals();

    @Override
    ApprovalStore store() {
        return store;
    }
}
