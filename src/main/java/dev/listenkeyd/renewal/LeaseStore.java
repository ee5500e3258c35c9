package dev.listenkeyd.renewal;

import java.util.List;

/** Where leases survive the process. Every method returns only when the change is durable. */
public interface LeaseStore {

    /** @throws StoreException when it could not be written; then nothing was */
    void insert(Lease lease);

    /**
     * Writes the lease over an older version of itself. A row that is newer, or gone because the lease was released,
     * stays as it is.
     *
     * @throws StoreException when it could not be written; then nothing was
     */
    void replace(Lease lease);

    /** @throws StoreException when it could not be written; then nothing was */
    void delete(Lease lease);

    /** All leases. */
    List<Lease> live();

    /** The store can't be read or written now. */
    final class StoreException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public StoreException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
