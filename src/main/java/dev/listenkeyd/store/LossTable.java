package dev.listenkeyd.store;

import static dev.listenkeyd.store.Column.instant;
import static dev.listenkeyd.store.Column.instantOrNull;
import static dev.listenkeyd.store.Column.number;
import static dev.listenkeyd.store.Column.text;
import static dev.listenkeyd.store.Column.word;

import dev.listenkeyd.lease.LeaseStore;
import dev.listenkeyd.lease.Loss;
import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.store.Database.Engine;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** The table {@code loss}. */
final class LossTable {
    /** More than one write adds, so that the bounds are reached; few enough to let other writes in soon. */
    static final int PRUNED_AT_ONCE = 2000;

    private static final String PUT = Sql.upsert(
            "loss",
            List.of("account", "seq"),
            List.of(
                    "account",
                    "seq",
                    "cause",
                    "last_known_alive",
                    "noticed_at",
                    "recovered_at",
                    "fingerprint",
                    "new_fingerprint"));
    private static final String PRUNE_MANY = "DELETE FROM loss WHERE account = ? AND seq <="
            + " (SELECT seq FROM loss WHERE account = ? ORDER BY seq DESC LIMIT 1 OFFSET ?)";
    private static final String PRUNE_OLD = "DELETE FROM loss WHERE (account, seq) IN"
            + " (SELECT account, seq FROM loss WHERE noticed_at < ? ORDER BY noticed_at LIMIT ?%s)";
    private static final String PAGE = "SELECT * FROM loss WHERE account = ? AND seq > ? ORDER BY seq LIMIT ?";

    private LossTable() {}

    /** Writes losses of one account, and prunes the table. */
    static void write(Connection connection, Engine engine, String account, List<Loss> losses) throws SQLException {
        if (losses.isEmpty()) {
            return;
        }
        for (Loss loss : losses) {
            Sql.update(
                    connection,
                    PUT,
                    account,
                    loss.seq(),
                    loss.cause().name(),
                    loss.lostAt(),
                    loss.noticedAt(),
                    loss.recoveredAt(),
                    loss.fingerprint(),
                    loss.newFingerprint());
        }
        Loss newest = losses.get(losses.size() - 1);
        Sql.update(connection, PRUNE_MANY, account, account, LeaseStore.LOSSES_KEPT);
        // Rows that another process prunes just now are left to it: the two would wait for each other.
        String skip = engine == Engine.POSTGRESQL ? " FOR UPDATE SKIP LOCKED" : "";
        Sql.update(
                connection,
                PRUNE_OLD.formatted(skip),
                newest.noticedAt().minus(LeaseStore.LOSSES_KEPT_FOR),
                PRUNED_AT_ONCE);
    }

    static List<Loss> page(Connection connection, String account, long after, int most) throws SQLException {
        return Sql.list(connection, PAGE, LossTable::read, account, after, most);
    }

    private static Loss read(ResultSet row) throws SQLException {
        return new Loss(
                number(row, "seq"),
                word(row, "cause", LossCause.class),
                instant(row, "last_known_alive"),
                instant(row, "noticed_at"),
                instantOrNull(row, "recovered_at"),
                text(row, "fingerprint"),
                row.getString("new_fingerprint"));
    }
}
