package dev.listenkeyd.lease;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Leases on disk. Writes never block: they are made in the order in which they were requested, and each returned stage completes when its write is on disk. A stage fails with {@link StoreException} when the write failed or its result is unknown; it may be on disk all the same.
 */
public interface LeaseStore {

    /** Losses kept of one account; the oldest ones go. */
    int LOSSES_KEPT = 1000;

    /** How long a loss is kept, counted back from the newest loss of any account. */
    Duration LOSSES_KEPT_FOR = Duration.ofDays(90);

    /**
     * Writes the row of the lease, in place of its own or an older version of it, or of another registration of its account, and
     * in the same transaction what belongs to the change.
     *
     * @param records written even when the row is not
     * @return whether it was written; not when the store holds a newer version of the same registration, or another replica owns
     *     the lease. Where replicas share the store, not over a newer version of any registration either, nor when a lease of the
     *     account with this version or a newer one has ended: it may be a write that a replica sent before it lost the lease
     */
    CompletionStage<Boolean> put(Lease lease, ChangeRecords records);

    /**
     * Deletes the account's row, if there is one, and in the same transaction writes its records, which stay.
     *
     * @return fails with {@link NotOwnedException} when another replica owns the account; then only the records are written
     */
    CompletionStage<Void> delete(String account, ChangeRecords records);

    /** Writes records of an account whose row is not this process's, or is not there. */
    CompletionStage<Void> saveRecords(String account, ChangeRecords records);

    /**
     * Writes what concerns all leases, so that it survives a restart.
     *
     * @param pause the newest one; null when there was none
     * @param deliveries pending ones are added, others removed
     */
    CompletionStage<Void> saveFleet(@Nullable Pause pause, List<Delivery> deliveries);

    /** Tells that somebody waits for the writes requested so far: the store may otherwise let them wait for others to join. */
    default void hurry() {}

    /**
     * All leases. Blocks; for the start of the process.
     *
     * @throws StoreException when they can't be read
     */
    List<Lease> live();

    /**
     * Losses of the account, oldest first, with or without a lease. Blocks.
     *
     * @param after only losses with a greater number
     * @param most how many
     * @throws StoreException when they can't be read
     */
    List<Loss> losses(String account, long after, int most);

    /**
     * All pending deliveries. Blocks; for the start of the process.
     *
     * @throws StoreException when they can't be read
     */
    List<Delivery> deliveries();

    /**
     * The newest pause, over or not; null when there was none. Blocks; for the start of the process.
     *
     * @throws StoreException when it can't be read
     */
    @Nullable
    Pause pause();

    /** The store can't be read or written now. */
    class StoreException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public StoreException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** The row was not written, since another replica owns the lease. It does not help to try again. */
    final class NotOwnedException extends StoreException {
        private static final long serialVersionUID = 1L;

        public NotOwnedException(String account) {
            super("another replica owns the lease of " + account, null);
        }
    }
}
