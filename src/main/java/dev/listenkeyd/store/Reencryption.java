package dev.listenkeyd.store;

import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.secrets.SecretCipher;
import dev.listenkeyd.secrets.SecretColumn;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Encrypts secrets under an older key with the first key, a few rows at a time, and then empties the write-ahead log, which
 * still holds the old rows. Not thread-safe.
 */
public final class Reencryption {
    /** Few, so that no renewal waits long for the store. */
    static final int ROWS_AT_ONCE = 100;

    // Meanwhile all other writes use the first key, so one pass over the accounts is enough.
    private static final String SELECT = "SELECT * FROM lease WHERE account > ? AND ("
            + SecretColumn.each("substr(%s, 1, " + SecretCipher.HEAD_BYTES + ") <> ?", " OR ")
            + ") ORDER BY account LIMIT " + ROWS_AT_ONCE;

    private static final String UPDATE = "UPDATE lease SET " + SecretColumn.each("%s = ?", ", ") + " WHERE account = ?";

    private final DataSource dataSource;
    private final StoreWriter writer;
    private final SecretCipher cipher;
    private String last = "";
    private int count;

    Reencryption(DataSource dataSource, StoreWriter writer, SecretCipher cipher) {
        this.dataSource = dataSource;
        this.writer = writer;
        this.cipher = cipher;
    }

    /**
     * Encrypts the next rows.
     *
     * @return whether no file of the store holds a secret under another key than the first
     * @throws StoreException when that fails; the next step tries again
     */
    public boolean step() {
        try {
            List<String> accounts = writer.write(this::encryptSome);
            count += accounts.size();
            if (!accounts.isEmpty()) {
                last = accounts.get(accounts.size() - 1);
            }
            return accounts.size() < ROWS_AT_ONCE && emptyLog();
        } catch (SQLException e) {
            throw new StoreException("old secrets can't be re-encrypted: " + e.getMessage(), e);
        }
    }

    /** Rows encrypted so far. */
    public int count() {
        return count;
    }

    private List<String> encryptSome(Connection connection) throws SQLException {
        List<Object> parameters = new ArrayList<>(List.of(last));
        parameters.addAll(Collections.nCopies(SecretColumn.values().length, cipher.currentHead()));
        // Sql.list reads all rows before the first one changes.
        List<List<@Nullable Object>> rows = Sql.list(connection, SELECT, this::encrypted, parameters.toArray());
        List<String> accounts = new ArrayList<>();
        for (List<@Nullable Object> row : rows) {
            Sql.update(connection, UPDATE, row.toArray());
            accounts.add(String.valueOf(row.get(row.size() - 1)));
        }
        return accounts;
    }

    /** The parameters of {@link #UPDATE}. */
    private List<@Nullable Object> encrypted(ResultSet row) throws SQLException {
        String account = row.getString("account");
        List<@Nullable Object> parameters = new ArrayList<>();
        for (SecretColumn column : SecretColumn.values()) {
            byte[] content = row.getBytes(column.column());
            parameters.add(cipher.encrypt(account, column, cipher.decrypt(account, column, content)));
        }
        parameters.add(account);
        return parameters;
    }

    /** Returns false while another process reads the log. */
    private boolean emptyLog() throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            Integer busy = Sql.first(connection, "PRAGMA wal_checkpoint(TRUNCATE)", row -> row.getInt(1));
            return busy != null && busy == 0;
        }
    }
}
