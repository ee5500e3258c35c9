package dev.listenkeyd.audit;

import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The audits of all replicas that share a store, a chain for each. Any method throws {@link AuditStore.Unavailable} when the store
 * can't be read or written now.
 */
public interface AuditChains {

    /**
     * A row of any chain.
     *
     * @param place among the rows of all chains: by time, then replica and number. A row that became known after others with a
     *     later time were read comes after these, so that places only grow
     * @param before the position before it in its chain, as stored; null when it is missing
     */
    record Placed(
            long place,
            String replica,
            AuditRow row,
            @Nullable ChainPosition before) {

        /** Number of the row that does not fit, or is missing. */
        OptionalLong brokenAt() {
            if (before == null) {
                return OptionalLong.of(Math.max(1, row.seq() - 1));
            }
            return row.follows(before) ? OptionalLong.empty() : OptionalLong.of(row.seq());
        }
    }

    /**
     * Some rows.
     *
     * @param last place of the newest row of all
     */
    record Page(List<Placed> rows, long last) {}

    /** The replica of this process. */
    String own();

    /**
     * Rows by place, from the one after {@code after}.
     *
     * @param replica only those of its chain; null for all
     * @param most how many
     */
    Page page(long after, @Nullable String replica, int most);

    /** The replicas that have rows, or should have, those that are gone included. */
    List<String> replicas();

    /** The chain of a replica, for reading. */
    AuditStore chain(String replica);

    /** Number of the first row of a chain with a place that was not given to it: readers may miss it. Hashes cover no places. */
    OptionalLong misplaced(String replica);

    /** Prunes the chains of replicas that do not live, as these did with their own. */
    void prune(Retention.Bounds bounds);
}
