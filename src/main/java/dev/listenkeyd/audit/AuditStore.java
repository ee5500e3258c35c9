package dev.listenkeyd.audit;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows on disk. Any method throws {@link Unavailable} when the store can't be read or written now. */
public interface AuditStore {

    /**
     * Some rows, and the chain at the same instant.
     *
     * @param before the position before the first row
     */
    record Page(Chain chain, ChainPosition before, List<AuditRow> rows) {}

    Chain chain();

    /**
     * Rows by number, from the one after {@code after}.
     *
     * @param most how many
     */
    Page page(long after, int most);

    /**
     * Adds rows and prunes old ones, in one transaction; on disk when it returns. The last row becomes the head. A failed append
     * may be on disk nevertheless.
     *
     * @param rows each following the one before; none to prune only
     * @param bounds of the rows to keep
     * @return whether more rows are to be pruned
     */
    boolean append(List<AuditRow> rows, Retention.Bounds bounds);

    /** The store can't be read or written now. */
    final class Unavailable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public Unavailable(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }
}
