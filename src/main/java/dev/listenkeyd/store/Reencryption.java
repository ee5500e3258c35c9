package dev.listenkeyd.store;

import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.secrets.SecretCipher;
import dev.listenkeyd.secrets.SecretColumn;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Brings every secret of the store under the first key, a few rows at a time, and then clears the file and its log of
 * what stood there before. Not thread-safe.
 *
 * <p>Earlier versions left deleted and overwritten secrets in unused parts of the file: such a file is written anew once.
 * Whether that is done stands in the file's {@code user_version}: 0 before, {@value #CLEARED} after.
 */
public final class Reencryption {

    /** So few that no renewal waits for them: the store has one connection. */
    static final int ROWS_AT_ONCE = 100;

    private static final int CLEARED = 1;

    // What is written while this runs is written with the first key: going through the accounts once meets all others.
    private static final String SELECT = "SELECT * FROM lease WHERE account > ? AND " + SecretInventory.OUTDATED
            + " ORDER BY account LIMIT " + ROWS_AT_ONCE;

    // In one transaction with what it was read by: SQLite refuses it when somebody else wrote meanwhile.
    private static final String UPDATE = "UPDATE lease SET " + SecretColumn.each("%s = ?", ", ") + " WHERE account = ?";

    private final DataSource dataSource;
    private final SecretCipher cipher;
    private Part next;
    private String account = "";

    private enum Part {
        MARK,
        ROWS,
        REWRITE,
        EMPTY_LOG,
        NOTHING
    }

    /** @param outdated whether some row is to be encrypted anew, as {@link SecretInventory#check} says */
    public Reencryption(DataSource dataSource, SecretCipher cipher, boolean outdated) {
        this.dataSource = dataSource;
        this.cipher = cipher;
        this.next = outdated ? Part.MARK : Part.REWRITE;
    }

    /**
     * Does the next part.
     *
     * @return whether all is done, so that no secret stands in plain or under another key in any file of the store
     * @throws StoreException when it could not be done now; the next step tries again
     */
    public boolean step() {
        if (next == Part.NOTHING) {
            return true;
        }
        try (Connection connection = dataSource.getConnection()) {
            next = after(next, connection);
            return next == Part.NOTHING;
        } catch (SQLException | IllegalArgumentException e) {
            throw new StoreException("old secrets can't be cleared from the store: " + e.getMessage(), e);
        }
    }

    /** Does this part, and says what follows. */
    private Part after(Part part, Connection connection) throws SQLException {
        return switch (part) {
            case MARK -> {
                // On disk before the first row: a process that dies on the way leaves the rest to the next one.
                execute(connection, "PRAGMA user_version = 0");
                yield Part.ROWS;
            }
            case ROWS -> encryptSome(connection) ? Part.ROWS : Part.REWRITE;
            case REWRITE -> {
                if (number(connection, "PRAGMA user_version") != CLEARED) {
                    execute(connection, "VACUUM");
                    execute(connection, "PRAGMA user_version = " + CLEARED);
                }
                yield Part.EMPTY_LOG;
            }
            // At every start, since a process that died may have left something. 0: nobody else reads it just now.
            case EMPTY_LOG -> number(connection, "PRAGMA wal_checkpoint(TRUNCATE)") == 0 ? Part.NOTHING : part;
            case NOTHING -> Part.NOTHING;
        };
    }

    /** Returns whether there may be more. */
    private boolean encryptSome(Connection connection) throws SQLException {
        List<String> done = Transactions.run(connection, () -> {
            List<String> accounts = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(SELECT);
                    PreparedStatement update = connection.prepareStatement(UPDATE);
                    ResultSet row = outdated(select)) {
                while (row.next()) {
                    encrypt(row, update);
                    accounts.add(row.getString("account"));
                }
            }
            return accounts;
        });
        if (!done.isEmpty()) {
            account = done.get(done.size() - 1);
        }
        return done.size() == ROWS_AT_ONCE;
    }

    private ResultSet outdated(PreparedStatement select) throws SQLException {
        select.setString(1, account);
        SecretInventory.bindHead(select, 1, cipher);
        return select.executeQuery();
    }

    private void encrypt(ResultSet row, PreparedStatement update) throws SQLException {
        String name = row.getString("account");
        int position = 0;
        for (SecretColumn column : SecretColumn.values()) {
            update.setBytes(++position, encrypted(name, column, row));
        }
        update.setString(++position, name);
        update.executeUpdate();
    }

    private byte @Nullable [] encrypted(String name, SecretColumn column, ResultSet row) throws SQLException {
        return cipher.encrypt(name, column, cipher.decrypt(name, column, row.getBytes(column.column())));
    }

    private static int number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.getInt(1);
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
