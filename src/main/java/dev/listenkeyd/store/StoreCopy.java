package dev.listenkeyd.store;

import dev.listenkeyd.lease.Delivery;
import dev.listenkeyd.secrets.SecretKeys;
import dev.listenkeyd.store.Store.Unusable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Copies a store of one SQLite file into the database of several replicas, in one transaction: all or nothing. The file is only read.
 * A second run copies what the first did not, and leaves what it finds.
 */
public final class StoreCopy {
    /** The owner of what no member owns. */
    private static final String NOBODY = "";

    private static final int ROWS_AT_ONCE = 1000;

    /** Secrets stay as they are encrypted: replicas have the key of the file. Owned by nobody, so that any replica takes the leases. */
    private static final String CLAIM =
            "INSERT INTO claim (account, owner) VALUES (?, '') ON CONFLICT (account) DO NOTHING";

    private static final String OTHERS = "SELECT account FROM lease WHERE account = ? AND registered_at <> ?";
    private static final String CHAIN = "INSERT INTO audit_chain (replica, base_seq, base_hash, head_seq, head_hash)"
            + " VALUES (?, ?, ?, ?, ?) ON CONFLICT (replica) DO NOTHING";

    /**
     * Numbers of copied rows.
     *
     * @param known leases that the database had already, from an earlier run
     */
    public record Copied(int leases, int known, int losses, int deliveries, int auditRows) {}

    private final Connection target;
    private final String replica;

    /** @param replica name under which the audit goes on */
    StoreCopy(Connection target, String replica) {
        this.target = target;
        this.replica = replica;
    }

    /** The database has another lease of an account of the file. The message is a sentence. */
    static final class Conflict extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private Conflict(String account) {
            super("the database has another lease of the account " + account + " than the file; nothing was copied");
        }
    }

    /**
     * Copies in the transaction of the caller.
     *
     * @throws Unusable when the file can't be read, is in use, or holds a secret that the keys can't decrypt
     * @throws Conflict when the database has another lease of one of the accounts
     */
    Copied from(Path file, SecretKeys keys) throws Unusable, SQLException {
        if (!Files.isRegularFile(file)) {
            throw new Unusable("there is no file " + file, null);
        }
        try (StoreFile source = StoreFile.open(file)) {
            if (source.schemaVersion() < StoreFile.SCHEMA_VERSION) {
                throw new Unusable("is no store of this version", null);
            }
            SecretInventory.check(file, keys);
            Copied none = new Copied(0, 0, 0, 0, 0);
            return StoreFile.read(file, none, this::copy);
        } catch (Unusable e) {
            throw new Unusable("the file " + file + " " + e.getMessage(), e);
        } catch (IOException e) {
            throw new Unusable("the file " + file + " can't be read: " + e.getMessage(), e);
        }
    }

    private Copied copy(Statement source) throws SQLException {
        requireSameLeases(source);
        copyRows(source, "SELECT account FROM lease", CLAIM);
        int all = count(source, "lease");
        int leases = copyTable(source, "lease", "");
        int losses = copyTable(source, "loss", "");
        return new Copied(leases, all - leases, losses, copyDeliveries(source), copyAudit(source));
    }

    private void requireSameLeases(Statement source) throws SQLException {
        try (ResultSet row = source.executeQuery("SELECT account, registered_at FROM lease")) {
            while (row.next()) {
                String account = row.getString(1);
                if (Sql.first(target, OTHERS, other -> other.getString(1), account, row.getLong(2)) != null) {
                    throw new Conflict(account);
                }
            }
        }
    }

    private int copyDeliveries(Statement source) throws SQLException {
        List<Delivery> pending = new DeliveryTable(null).all(source.getConnection());
        new DeliveryTable(NOBODY).write(target, pending);
        return pending.size();
    }

    /** A chain that has begun under this name stays as it is: two chains can't become one. */
    private int copyAudit(Statement source) throws SQLException {
        try (ResultSet chain =
                source.executeQuery("SELECT base_seq, base_hash, head_seq, head_hash FROM audit_chain")) {
            boolean begins = chain.next()
                    && Sql.update(
                                    target,
                                    CHAIN,
                                    replica,
                                    chain.getLong(1),
                                    chain.getString(2),
                                    chain.getLong(3),
                                    chain.getString(4))
                            > 0;
            if (!begins) {
                return 0;
            }
        }
        return copyTable(source, "audit", ", '" + replica + "' AS replica");
    }

    private static int count(Statement source, String table) throws SQLException {
        try (ResultSet row = source.executeQuery("SELECT count(*) FROM " + table)) {
            return row.next() ? row.getInt(1) : 0;
        }
    }

    /** Copies a table whose columns have the same names here and there. */
    private int copyTable(Statement source, String table, String more) throws SQLException {
        String select = "SELECT *" + more + " FROM " + table;
        List<String> names = new ArrayList<>();
        try (ResultSet none = source.executeQuery(select + " LIMIT 0")) {
            ResultSetMetaData data = none.getMetaData();
            for (int i = 1; i <= data.getColumnCount(); i++) {
                names.add(data.getColumnName(i));
            }
        }
        return copyRows(source, select, Sql.insert(table, names) + " ON CONFLICT DO NOTHING");
    }

    /** Returns the number of rows that the database did not have. */
    private int copyRows(Statement source, String select, String insert) throws SQLException {
        int copied = 0;
        try (ResultSet row = source.executeQuery(select);
                PreparedStatement statement = target.prepareStatement(insert)) {
            int columns = row.getMetaData().getColumnCount();
            int waiting = 0;
            while (row.next()) {
                for (int i = 1; i <= columns; i++) {
                    statement.setObject(i, withoutNul(row.getObject(i)));
                }
                statement.addBatch();
                if (++waiting == ROWS_AT_ONCE) {
                    copied += sum(statement.executeBatch());
                    waiting = 0;
                }
            }
            return copied + (waiting == 0 ? 0 : sum(statement.executeBatch()));
        }
    }

    /** PostgreSQL has no such character in its texts. */
    private static @Nullable Object withoutNul(@Nullable Object value) {
        return value instanceof String text ? text.replace('\0', '\uFFFD') : value;
    }

    private static int sum(int[] counts) {
        int sum = 0;
        for (int count : counts) {
            sum += Math.max(0, count);
        }
        return sum;
    }
}
