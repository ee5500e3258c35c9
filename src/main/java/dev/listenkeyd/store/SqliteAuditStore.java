package dev.listenkeyd.store;

import dev.listenkeyd.audit.AuditRow;
import dev.listenkeyd.audit.AuditStore;
import dev.listenkeyd.audit.Chain;
import dev.listenkeyd.audit.ChainPosition;
import dev.listenkeyd.audit.Retention;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;

/** The audit in SQLite. Reads any rows that the tables hold; {@code audit.ChainCheck} finds those that don't fit. */
final class SqliteAuditStore implements AuditStore {
    /** More than one append adds, so that the bounds are reached; few enough to let other writes in soon. */
    static final int PRUNED_AT_ONCE = 2000;

    /** In place of a hash that is gone: no row follows it. */
    private static final String UNKNOWN = "?";

    private static final String ENDS = "SELECT base_seq, base_hash, head_seq, head_hash FROM audit_chain";
    private static final String LATEST =
            "SELECT seq, hash FROM audit WHERE seq > ? AND seq <= ? ORDER BY seq DESC LIMIT 1";
    private static final String OLDEST = "SELECT seq FROM audit ORDER BY seq LIMIT 1";
    private static final String PAGE = "SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT ?";
    private static final String YOUNG = "SELECT seq FROM audit WHERE seq > ? AND at >= ? ORDER BY seq LIMIT 1";
    private static final String INSERT =
            "INSERT INTO audit (seq, at, client, action, account, result, hash) VALUES (?, ?, ?, ?, ?, ?, ?)";
    private static final String SET_ENDS = "INSERT OR REPLACE INTO audit_chain VALUES (1, ?, ?, ?, ?)";
    private static final String PRUNE = "DELETE FROM audit WHERE seq <= ?";

    private final DataSource dataSource;
    private final StoreWriter writer;

    SqliteAuditStore(DataSource dataSource, StoreWriter writer) {
        this.dataSource = dataSource;
        this.writer = writer;
    }

    @Override
    public Chain chain() {
        return read(SqliteAuditStore::chain);
    }

    /** The store has one connection: nothing changes between the statements. */
    @Override
    public Page page(long after, int most) {
        return read(connection -> {
            Chain chain = chain(connection);
            ChainPosition before = after <= chain.base().seq()
                    ? chain.base()
                    : latest(connection, after - 1, after, new ChainPosition(after, UNKNOWN));
            return new Page(chain, before, Sql.list(connection, PAGE, SqliteAuditStore::row, before.seq(), most));
        });
    }

    @Override
    public boolean append(List<AuditRow> rows, Retention.Bounds bounds) {
        try {
            return writer.write(connection -> appendAndPrune(connection, rows, bounds));
        } catch (SQLException e) {
            throw new Unavailable("the audit can't be written: " + e.getMessage(), e);
        }
    }

    private static boolean appendAndPrune(Connection connection, List<AuditRow> rows, Retention.Bounds bounds)
            throws SQLException {
        for (AuditRow row : rows) {
            Sql.update(
                    connection,
                    INSERT,
                    row.seq(),
                    row.at(),
                    row.client(),
                    row.action(),
                    row.account(),
                    row.result(),
                    row.hash());
        }
        Chain chain = chain(connection);
        ChainPosition head =
                rows.isEmpty() ? chain.head() : rows.get(rows.size() - 1).link();
        ChainPosition base = newBase(connection, chain, bounds);
        if (rows.isEmpty() && base.equals(chain.base())) {
            return false;
        }
        // First the ends, then the rows: a trigger keeps the rows after the base.
        Sql.update(connection, SET_ENDS, base.seq(), base.hash(), head.seq(), head.hash());
        Sql.update(connection, PRUNE, base.seq());
        return base.seq() - chain.base().seq() >= PRUNED_AT_ONCE;
    }

    /** The newest row that may be pruned now; the base as it is when there is none. */
    private static ChainPosition newBase(Connection connection, Chain chain, Retention.Bounds bounds)
            throws SQLException {
        long base = chain.base().seq();
        long newest = chain.newest().seq();
        // Clocks get set back: a row counts as too old only when all rows before it are.
        Long young = Sql.first(connection, YOUNG, row -> row.getLong(1), base, bounds.oldest());
        long tooOld = young == null ? newest : young - 1;
        long tooMany = newest - bounds.maxRows();
        long last = Math.min(Math.max(tooOld, tooMany), base + PRUNED_AT_ONCE);
        return latest(connection, base, last, chain.base());
    }

    private static Chain chain(Connection connection) throws SQLException {
        List<ChainPosition> ends = Sql.first(
                connection,
                ENDS,
                row -> List.of(position(row, "base_seq", "base_hash"), position(row, "head_seq", "head_hash")));
        if (ends == null) {
            Long oldest = Sql.first(connection, OLDEST, row -> row.getLong(1));
            ChainPosition unknown = new ChainPosition(oldest == null ? 0 : oldest - 1, UNKNOWN);
            ends = List.of(unknown, unknown);
        }
        ChainPosition base = ends.get(0);
        return new Chain(base, ends.get(1), latest(connection, base.seq(), Long.MAX_VALUE, base));
    }

    /** The newest row after one number, up to another. */
    private static ChainPosition latest(Connection connection, long after, long last, ChainPosition otherwise)
            throws SQLException {
        ChainPosition found = Sql.first(connection, LATEST, row -> position(row, "seq", "hash"), after, last);
        return found == null ? otherwise : found;
    }

    private static ChainPosition position(ResultSet row, String seq, String hash) throws SQLException {
        return new ChainPosition(row.getLong(seq), row.getString(hash));
    }

    private static AuditRow row(ResultSet row) throws SQLException {
        return new AuditRow(
                row.getLong("seq"),
                Sql.instant(row, "at"),
                row.getString("client"),
                row.getString("action"),
                row.getString("account"),
                row.getString("result"),
                row.getString("hash"));
    }

    private <T> T read(Sql.Query<T> query) {
        try (Connection connection = dataSource.getConnection()) {
            return query.run(connection);
        } catch (SQLException e) {
            throw new Unavailable("the audit can't be read: " + e.getMessage(), e);
        }
    }
}
