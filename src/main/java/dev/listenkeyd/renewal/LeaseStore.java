package dev.listenkeyd.renewal;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where leases survive the process. Every method returns only when the change is durable. */
public interface LeaseStore {

    /**
     * Adds a lease. Where this very lease is known already (an earlier insert worked without our knowing), it is
     * replaced.
     *
     * @throws StoreException when it could not be written; then nothing was, as far as is known
     */
    void insert(Lease lease);

    /**
     * Writes the lease over an older version of itself. A row that is newer, or gone because the lease was released,
     * stays as it is.
     *
     * @throws StoreException when it could not be written; then nothing was, as far as is known
     */
    void replace(Lease lease);

    /** @throws StoreException when it could not be written; then nothing was */
    void delete(Lease lease);

    /** All leases. */
    List<Lease> live();

    /**
     * Keeps the newest pause, so that a restart does not forget it.
     *
     * @throws StoreException when it could not be written
     */
    void savePause(Pause pause);

    /** The newest pause, over or not; null when there was none. */
    @Nullable
    Pause pause();

    /** The store can't be read or written now. */
    final class StoreException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public StoreException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }
}
