package dev.listenkeyd.store;

import dev.listenkeyd.audit.AuditRow;
import dev.listenkeyd.audit.AuditStore;
import dev.listenkeyd.audit.Chain;
import dev.listenkeyd.audit.ChainPosition;
import dev.listenkeyd.audit.Retention;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The tables {@code audit} and {@code audit_chain}; in PostgreSQL with a chain for each replica, by its name. Reads any rows that
 * the tables hold; {@code audit.ChainCheck} finds those that don't fit.
 */
final class AuditTable implements AuditStore {
    /** More than one append adds, so that the bounds are reached; few enough to let other writes in soon. */
    static final int PRUNED_AT_ONCE = 2000;

    /** In place of a hash that is gone: no row follows it. */
    private static final String UNKNOWN = "?";

    private static final List<String> ENDS = List.of("base_seq", "base_hash", "head_seq", "head_hash");
    private static final List<String> ROW = List.of("seq", "at", "client", "action", "account", "result", "hash");

    private final Database database;
    private final @Nullable String replica;
    private final String own;

    /** @param replica whose chain it is; null in a store with one chain */
    AuditTable(Database database, @Nullable String replica) {
        this.database = database;
        this.replica = replica;
        this.own = replica == null ? "" : "replica = ? AND ";
    }

    /** The parameters of a statement, that of {@link #own} before them. */
    private @Nullable Object[] own(@Nullable Object... parameters) {
        List<@Nullable Object> all = new ArrayList<>();
        if (replica != null) {
            all.add(replica);
        }
        all.addAll(Arrays.asList(parameters));
        return all.toArray();
    }

    private List<String> ownColumns(List<String> columns) {
        return replica == null
                ? columns
                : Stream.concat(Stream.of("replica"), columns.stream()).toList();
    }

    @Override
    public Chain chain() {
        return read(this::chain);
    }

    @Override
    public Page page(long after, int most) {
        return read(connection -> {
            Chain chain = chain(connection);
            ChainPosition before = after <= chain.base().seq()
                    ? chain.base()
                    : latest(connection, after - 1, after, new ChainPosition(after, UNKNOWN));
            return new Page(chain, before, rows(connection, before.seq(), most));
        });
    }

    @Override
    public boolean append(List<AuditRow> rows, Retention.Bounds bounds) {
        try {
            return database.writer().write(connection -> appendAndPrune(connection, rows, bounds));
        } catch (SQLException e) {
            throw new Unavailable("the audit can't be written: " + e.getMessage(), e);
        }
    }

    /** Prunes only; for a caller that has locked the ends of this chain. */
    boolean prune(Connection connection, Retention.Bounds bounds) throws SQLException {
        return appendAndPrune(connection, List.of(), bounds);
    }

    private boolean appendAndPrune(Connection connection, List<AuditRow> rows, Retention.Bounds bounds)
            throws SQLException {
        if (replica != null) {
            // Another replica prunes this chain when this one seems to be gone.
            Sql.first(connection, "SELECT TRUE FROM audit_chain WHERE replica = ? FOR UPDATE", row -> true, replica);
        }
        // Rows without ends look as if somebody had removed these: a new replica's are read before its first row is
        // there.
        Chain before = chain(connection);
        for (AuditRow row : rows) {
            insert(connection, row);
        }
        ChainPosition newest =
                rows.isEmpty() ? before.newest() : rows.get(rows.size() - 1).link();
        ChainPosition head = rows.isEmpty() ? before.head() : newest;
        ChainPosition base = newBase(connection, new Chain(before.base(), head, newest), bounds);
        if (rows.isEmpty() && base.equals(before.base())) {
            return false;
        }
        // First the ends, then the rows: a trigger keeps the rows after the base.
        setEnds(connection, base, head);
        Sql.update(connection, "DELETE FROM audit WHERE " + own + "seq <= ?", own(base.seq()));
        return base.seq() - before.base().seq() >= PRUNED_AT_ONCE;
    }

    private void insert(Connection connection, AuditRow row) throws SQLException {
        Sql.update(
                connection,
                Sql.insert("audit", ownColumns(ROW)),
                own(row.seq(), row.at(), row.client(), row.action(), row.account(), row.result(), row.hash()));
    }

    private void setEnds(Connection connection, ChainPosition base, ChainPosition head) throws SQLException {
        String key = replica == null ? "id" : "replica";
        List<String> columns = Stream.concat(Stream.of(key), ENDS.stream()).toList();
        Object value = replica == null ? 1 : replica;
        Sql.update(
                connection,
                Sql.upsert("audit_chain", List.of(key), columns),
                value,
                base.seq(),
                base.hash(),
                head.seq(),
                head.hash());
    }

    /** The newest row that may be pruned now; the base as it is when there is none. */
    private ChainPosition newBase(Connection connection, Chain chain, Retention.Bounds bounds) throws SQLException {
        long base = chain.base().seq();
        long newest = chain.newest().seq();
        // Clocks get set back: a row counts as too old only when all rows before it are.
        Long young = Sql.first(
                connection,
                "SELECT seq FROM audit WHERE " + own + "seq > ? AND at >= ? ORDER BY seq LIMIT 1",
                row -> row.getLong(1),
                own(base, bounds.oldest()));
        long tooOld = young == null ? newest : young - 1;
        long tooMany = newest - bounds.maxRows();
        long last = Math.min(Math.max(tooOld, tooMany), base + PRUNED_AT_ONCE);
        return latest(connection, base, last, chain.base());
    }

    private Chain chain(Connection connection) throws SQLException {
        List<ChainPosition> ends = Sql.first(
                connection,
                "SELECT " + String.join(", ", ENDS) + " FROM audit_chain WHERE " + own + "TRUE",
                row -> List.of(position(row, "base_seq", "base_hash"), position(row, "head_seq", "head_hash")),
                own());
        if (ends == null) {
            Long oldest = Sql.first(
                    connection,
                    "SELECT seq FROM audit WHERE " + own + "TRUE ORDER BY seq LIMIT 1",
                    row -> row.getLong(1),
                    own());
            ChainPosition unknown = new ChainPosition(oldest == null ? 0 : oldest - 1, UNKNOWN);
            // A new replica has no chain yet.
            ChainPosition end = oldest == null && replica != null ? ChainPosition.START : unknown;
            ends = List.of(end, end);
        }
        ChainPosition base = ends.get(0);
        return new Chain(base, ends.get(1), latest(connection, base.seq(), Long.MAX_VALUE, base));
    }

    /** The newest row after one number, up to another. */
    private ChainPosition latest(Connection connection, long after, long last, ChainPosition otherwise)
            throws SQLException {
        ChainPosition found = Sql.first(
                connection,
                "SELECT seq, hash FROM audit WHERE " + own + "seq > ? AND seq <= ? ORDER BY seq DESC LIMIT 1",
                row -> position(row, "seq", "hash"),
                own(after, last));
        return found == null ? otherwise : found;
    }

    private static ChainPosition position(ResultSet row, String seq, String hash) throws SQLException {
        return new ChainPosition(row.getLong(seq), row.getString(hash));
    }

    private List<AuditRow> rows(Connection connection, long after, int most) throws SQLException {
        return Sql.list(
                connection,
                "SELECT * FROM audit WHERE " + own + "seq > ? ORDER BY seq LIMIT ?",
                AuditTable::row,
                own(after, most));
    }

    static AuditRow row(ResultSet row) throws SQLException {
        return new AuditRow(
                row.getLong("seq"),
                Instant.ofEpochMilli(row.getLong("at")),
                row.getString("client"),
                row.getString("action"),
                row.getString("account"),
                row.getString("result"),
                row.getString("hash"));
    }

    private <T> T read(Sql.Query<T> query) {
        try {
            return database.spare(() -> database.read(query));
        } catch (SQLException e) {
            throw new Unavailable("the audit can't be read: " + e.getMessage(), e);
        }
    }
}
