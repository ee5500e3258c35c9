package dev.listenkeyd.audit;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where rows survive the process. */
public interface AuditStore {

    /**
     * Some rows, and the chain at the same instant.
     *
     * @param before the place before the first of them
     */
    record Page(Chain chain, ChainPosition before, List<AuditRow> rows) {}

    /** @throws Unavailable when it can't be read */
    Chain chain();

    /**
     * Rows by number, from the one after {@code after}.
     *
     * @param most how many
     * @throws Unavailable when they can't be read
     */
    Page page(long after, int most);

    /**
     * Adds these rows, the last of which becomes the head, and prunes some of those that need not be kept, all at once; on
     * disk when it returns.
     *
     * @param rows each following the one before; none to prune only
     * @return whether there is more to be pruned
     * @throws Unavailable when they could not be written; then none was, as far as is known
     */
    boolean append(List<AuditRow> rows, Retention.Bounds bounds);

    /** It can't be read or written now. */
    final class Unavailable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public Unavailable(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }
}
