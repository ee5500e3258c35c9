package dev.listenkeyd.store;

import dev.listenkeyd.approval.ApprovalStore;
import dev.listenkeyd.audit.AuditChains;
import dev.listenkeyd.audit.AuditStore;
import dev.listenkeyd.fleet.FleetStore;
import dev.listenkeyd.lease.EventStore;
import dev.listenkeyd.lease.LeaseStore;
import dev.listenkeyd.policy.SharedCounters;
import org.jspecify.annotations.Nullable;

/**
 * Leases and audit on disk, secrets encrypted. Before it is open, {@link #leases}, {@link #events}, {@link #audit} and {@link
 * #fleet} can be passed on but not used.
 */
public interface Store extends AutoCloseable {

    /** The store can't be used. The message is for the person who starts the process, and continues "the store ...". */
    final class Unusable extends Exception {
        private static final long serialVersionUID = 1L;

        Unusable(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** Where it is, for messages; without a password. */
    String name();

    /** Ends a message about a store that can't be used: says what to do. */
    String remedy();

    /**
     * Finds the keys and brings the schema up to date.
     *
     * @throws Unusable when it can't be opened; then its content stays as it is
     */
    void open() throws Unusable;

    boolean isOpen();

    LeaseStore leases();

    EventStore events();

    AuditStore audit();

    /** The audits of all members; null when the store belongs to this process alone. */
    default @Nullable AuditChains auditChains() {
        return null;
    }

    /** The members that share it; null when it belongs to this process alone. */
    @Nullable
    FleetStore fleet();

    /** The calls of agents that wait at any member; null when the store belongs to this process alone. */
    default @Nullable ApprovalStore approvals() {
        return null;
    }

    /** The limits of agents that count for all members together; null when the store belongs to this process alone. */
    default @Nullable SharedCounters counters() {
        return null;
    }

    /** Moves secrets under older keys to the first key; null when there is one key only. */
    @Nullable
    Reencryption reencryption();

    @Override
    void close();
}
