package dev.listenkeyd.store;

import dev.listenkeyd.audit.AuditRow;
import dev.listenkeyd.audit.AuditStore;
import dev.listenkeyd.audit.Chain;
import dev.listenkeyd.audit.ChainPosition;
import dev.listenkeyd.audit.Retention;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The audit in SQLite. Whatever stands in its tables can be read; whether it fits is for others to say. */
public final class SqliteAuditStore implements AuditStore {
    /** More than are added at once, so that the bounds are reached again; few enough to leave the store to others soon. */
    static final int PRUNED_AT_ONCE = 2000;

    /** Follows nothing and is followed by nothing: in place of a hash that is gone. */
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

    /** @param dataSource to read from */
    public SqliteAuditStore(DataSource dataSource, StoreWriter writer) {
        this.dataSource = dataSource;
        this.writer = writer;
    }

    @Override
    public Chain chain() {
        try (Connection connection = dataSource.getConnection()) {
            return chain(connection);
        } catch (SQLException e) {
            throw unreadable(e);
        }
    }

    /** There is one connection, and we have it: nothing changes between two statements. */
    @Override
    public Page page(long after, int most) {
        try (Connection connection = dataSource.getConnection()) {
            Chain chain = chain(connection);
            ChainPosition before = after > chain.base().seq() ? at(connection, after) : chain.base();
            return new Page(chain, before, rows(connection, before.seq(), most));
        } catch (SQLException e) {
            throw unreadable(e);
        }
    }

    @Override
    public boolean append(List<AuditRow> rows, Retention.Bounds bounds) {
        try {
            return writer.submit(connection -> appendAndPrune(connection, rows, bounds))
                    .get();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new Unavailable("the audit can't be written: " + cause.getMessage(), cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Unavailable("interrupted while the audit was written", e);
        }
    }

    private static boolean appendAndPrune(Connection connection, List<AuditRow> rows, Retention.Bounds bounds)
            throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            for (AuditRow row : rows) {
                bind(insert, row);
                insert.executeUpdate();
            }
        }
        Chain chain = chain(connection);
        ChainPosition head =
                rows.isEmpty() ? chain.head() : rows.get(rows.size() - 1).link();
        ChainPosition base = newBase(connection, chain, bounds);
        if (rows.isEmpty() && base.equals(chain.base())) {
            return false;
        }
        // Before the rows go: a trigger keeps those that are after the base.
        change(connection, SET_ENDS, base.seq(), base.hash(), head.seq(), head.hash());
        change(connection, PRUNE, base.seq());
        return base.seq() - chain.base().seq() >= PRUNED_AT_ONCE;
    }

    /** The newest row that need not be kept, or the base as it is. */
    private static ChainPosition newBase(Connection connection, Chain chain, Retention.Bounds bounds)
            throws SQLException {
        long base = chain.base().seq();
        long newest = chain.newest().seq();
        // Clocks get set: a row is old when it is, and all before it are.
        Long young = number(connection, YOUNG, base, bounds.oldest().toEpochMilli());
        long tooOld = young == null ? newest : young - 1;
        long tooMany = newest - bounds.maxRows();
        long last = Math.min(Math.max(tooOld, tooMany), base + PRUNED_AT_ONCE);
        return latest(connection, base, last, chain.base());
    }

    private static Chain chain(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ENDS);
                ResultSet row = statement.executeQuery()) {
            if (row.next()) {
                ChainPosition base = new ChainPosition(row.getLong(1), row.getString(2));
                ChainPosition head = new ChainPosition(row.getLong(3), row.getString(4));
                return new Chain(base, head, latest(connection, base.seq(), Long.MAX_VALUE, base));
            }
        }
        Long oldest = number(connection, OLDEST);
        ChainPosition base = new ChainPosition(oldest == null ? 0 : oldest - 1, UNKNOWN);
        return new Chain(base, base, latest(connection, base.seq(), Long.MAX_VALUE, base));
    }

    private static ChainPosition at(Connection connection, long seq) throws SQLException {
        return latest(connection, seq - 1, seq, new ChainPosition(seq, UNKNOWN));
    }

    /** The newest row after the one number and up to the other. */
    private static ChainPosition latest(Connection connection, long after, long last, ChainPosition otherwise)
            throws SQLException {
        try (PreparedStatement statement = prepare(connection, LATEST, after, last);
                ResultSet row = statement.executeQuery()) {
            return row.next() ? new ChainPosition(row.getLong(1), row.getString(2)) : otherwise;
        }
    }

    private static List<AuditRow> rows(Connection connection, long after, int most) throws SQLException {
        try (PreparedStatement statement = prepare(connection, PAGE, after, most);
                ResultSet row = statement.executeQuery()) {
            List<AuditRow> rows = new ArrayList<>();
            while (row.next()) {
                rows.add(new AuditRow(
                        row.getLong("seq"),
                        Instant.ofEpochMilli(row.getLong("at")),
                        row.getString("client"),
                        row.getString("action"),
                        row.getString("account"),
                        row.getString("result"),
                        row.getString("hash")));
            }
            return rows;
        }
    }

    private static void bind(PreparedStatement insert, AuditRow row) throws SQLException {
        insert.setLong(1, row.seq());
        insert.setLong(2, row.at().toEpochMilli());
        insert.setString(3, row.client());
        insert.setString(4, row.action());
        insert.setString(5, row.account());
        insert.setString(6, row.result());
        insert.setString(7, row.hash());
    }

    private static @Nullable Long number(Connection connection, String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepare(connection, sql, parameters);
                ResultSet row = statement.executeQuery()) {
            return row.next() ? row.getLong(1) : null;
        }
    }

    private static void change(Connection connection, String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepare(connection, sql, parameters)) {
            statement.executeUpdate();
        }
    }

    private static PreparedStatement prepare(Connection connection, String sql, Object... parameters)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < parameters.length; i++) {
            statement.setObject(i + 1, parameters[i]);
        }
        return statement;
    }

    private static Unavailable unreadable(SQLException e) {
        return new Unavailable("the audit can't be read: " + e.getMessage(), e);
    }
}
