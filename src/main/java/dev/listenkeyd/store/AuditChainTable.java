package dev.listenkeyd.store;

import dev.listenkeyd.audit.AuditChains;
import dev.listenkeyd.audit.AuditStore;
import dev.listenkeyd.audit.ChainPosition;
import dev.listenkeyd.audit.Retention;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The tables {@code audit} and {@code audit_chain} with the chains of all replicas. */
final class AuditChainTable implements AuditChains {
    /** Rows that get their places at once: an append that prunes some of them waits for it. */
    private static final int PLACED_AT_ONCE = 1000;

    private static final String PLACE = "SELECT place_audit_rows(" + PLACED_AT_ONCE + ")";
    private static final String LAST = "SELECT last FROM audit_place";

    private static final String ROWS = "SELECT audit.*, coalesce(previous.hash, base_hash) AS hash_before FROM audit"
            + " LEFT JOIN audit AS previous ON previous.replica = audit.replica AND previous.seq = audit.seq - 1"
            + " LEFT JOIN audit_chain AS chain ON chain.replica = audit.replica AND base_seq = audit.seq - 1"
            + " WHERE audit.place > ?";

    private static final String REPLICAS = "SELECT replica FROM audit_chain WHERE base_seq < head_seq"
            + " UNION SELECT replica FROM audit WHERE NOT EXISTS"
            + " (SELECT FROM audit_chain WHERE audit_chain.replica = audit.replica) ORDER BY replica";

    private static final String GONE =
            "NOT EXISTS (SELECT FROM member WHERE member.replica = audit_chain.replica AND member.until > now())";

    // Only the owner changes a chain of its own; when it is back, it waits for this.
    private static final String LOCK =
            "SELECT TRUE FROM audit_chain WHERE replica = ? AND " + GONE + " FOR UPDATE SKIP LOCKED";

    // A number is not used twice while somebody may remember it, and the names of pods are many.
    private static final String EMPTIED =
            "UPDATE audit_chain SET emptied_at = CASE WHEN base_seq = head_seq THEN now() END"
                    + " WHERE (base_seq = head_seq) <> (emptied_at IS NOT NULL)";
    private static final String FORGET = "DELETE FROM audit_chain WHERE base_seq = head_seq AND " + GONE
            + " AND emptied_at < now() - interval '365 days'";

    /** The first row that is out of the way of readers, who go on from place to place. */
    private static final String MISPLACED = "SELECT seq FROM audit WHERE replica = ?"
            + " AND (place < 1 OR place > (SELECT last FROM audit_place)) ORDER BY seq LIMIT 1";

    private final Database database;
    private final String own;
    /** Readers place rows before they read, and wait while another replica does so. */
    private final Turns turn = new Turns(1);

    AuditChainTable(Database database, String own) {
        this.database = database;
        this.own = own;
    }

    @Override
    public String own() {
        return own;
    }

    @Override
    public Page page(long after, @Nullable String replica, int most) {
        return read(() -> {
            while (database.each(connection -> number(connection, PLACE)) == PLACED_AT_ONCE) {
                // The next ones follow.
            }
            return database.read(
                    connection -> new Page(rows(connection, after, replica, most), number(connection, LAST)));
        });
    }

    private static long number(Connection connection, String sql) throws SQLException {
        return Objects.requireNonNull(Sql.first(connection, sql, row -> row.getLong(1)));
    }

    private static List<Placed> rows(Connection connection, long after, @Nullable String replica, int most)
            throws SQLException {
        String end = " ORDER BY audit.place LIMIT ?";
        return replica == null
                ? Sql.list(connection, ROWS + end, AuditChainTable::placed, after, most)
                : Sql.list(
                        connection,
                        ROWS + " AND audit.replica = ?" + end,
                        AuditChainTable::placed,
                        after,
                        replica,
                        most);
    }

    private static Placed placed(ResultSet row) throws SQLException {
        String hash = row.getString("hash_before");
        ChainPosition before = hash == null ? null : new ChainPosition(row.getLong("seq") - 1, hash);
        return new Placed(row.getLong("place"), row.getString("replica"), AuditTable.row(row), before);
    }

    @Override
    public List<String> replicas() {
        return read(() -> database.each(connection -> Sql.list(connection, REPLICAS, row -> row.getString(1))));
    }

    @Override
    public OptionalLong misplaced(String replica) {
        return read(() -> database.each(connection -> Sql.list(connection, MISPLACED, row -> row.getLong(1), replica)))
                .stream()
                .mapToLong(Long::longValue)
                .findFirst();
    }

    private <T> T read(Turns.Use<T> use) {
        try {
            return turn.take(() -> database.spare(use));
        } catch (SQLException e) {
            throw new AuditStore.Unavailable("the audit can't be read: " + e.getMessage(), e);
        }
    }

    @Override
    public AuditStore chain(String replica) {
        return new AuditTable(database, replica);
    }

    @Override
    public void prune(Retention.Bounds bounds) {
        try {
            for (String replica : replicas()) {
                while (!replica.equals(own) && prune(replica, bounds)) {
                    // There is more.
                }
            }
            database.spare(() ->
                    database.each(connection -> Sql.update(connection, EMPTIED) + Sql.update(connection, FORGET)));
        } catch (SQLException e) {
            throw new AuditStore.Unavailable("the audit can't be pruned: " + e.getMessage(), e);
        }
    }

    private boolean prune(String replica, Retention.Bounds bounds) throws SQLException {
        return database.spare(() -> database.transact(connection -> prune(connection, replica, bounds)));
    }

    private boolean prune(Connection connection, String replica, Retention.Bounds bounds) throws SQLException {
        boolean gone = Sql.first(connection, LOCK, row -> true, replica) != null;
        return gone && new AuditTable(database, replica).prune(connection, bounds);
    }
}
