package dev.listenkeyd.store;

import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.secrets.SecretCipher;
import dev.listenkeyd.secrets.SecretColumn;
import dev.listenkeyd.store.Database.Engine;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Encrypts secrets under an older key with the first key, a few rows at a time. In SQLite it then empties the
 * write-ahead log, which still holds the old rows. Not thread-safe.
 */
public final class Reencryption {
    /** Few, so that no renewal waits long for the store. */
    static final int ROWS_AT_ONCE = 100;

    private static final String OLD =
            "(" + SecretColumn.each("substr(%s, 1, " + SecretCipher.HEAD_BYTES + ") <> ?", " OR ") + ")";

    private static final String SELECT =
            "SELECT * FROM lease WHERE account > ? AND " + OLD + " ORDER BY account LIMIT " + ROWS_AT_ONCE;
    private static final String LEFT = "SELECT account FROM lease WHERE " + OLD + " LIMIT 1";

    private static final String UPDATE = "UPDATE lease SET " + SecretColumn.each("%s = ?", ", ") + " WHERE account = ?";

    private final Database database;
    private final SecretCipher cipher;
    private String last = "";
    private int count;
    /** Why rows of this pass could not be decrypted: each is left as it is. */
    private final List<String> undecryptable = new ArrayList<>();

    /**
     * A row under an older key.
     *
     * @param update the parameters of {@link #UPDATE}
     * @param why it does not decrypt; null when it does
     */
    private record Row(
            String account,
            List<@Nullable Object> update,
            @Nullable String why) {}

    Reencryption(Database database, SecretCipher cipher) {
        this.database = database;
        this.cipher = cipher;
    }

    /**
     * Encrypts the next rows.
     *
     * @return whether no file of the store holds a secret under another key than the first
     * @throws StoreException when that fails, or when all but some rows that don't decrypt are done; the next step tries again
     */
    public boolean step() {
        try {
            List<Row> rows = database.writer().write(this::encryptSome);
            for (Row row : rows) {
                last = row.account();
                if (row.why() == null) {
                    count++;
                } else {
                    undecryptable.add(row.why());
                }
            }
            return rows.size() < ROWS_AT_ONCE && end();
        } catch (SQLException e) {
            throw new StoreException("old secrets can't be re-encrypted: " + e.getMessage(), e);
        }
    }

    /** Rows encrypted so far. */
    public int count() {
        return count;
    }

    private List<Row> encryptSome(Connection connection) throws SQLException {
        List<Object> parameters = new ArrayList<>(List.of(last));
        parameters.addAll(heads());
        // A row that another process writes just now is left out: that one uses its own first key.
        String lock = database.engine() == Engine.POSTGRESQL ? " FOR UPDATE SKIP LOCKED" : "";
        // Sql.list reads all rows before the first one changes.
        List<Row> rows = Sql.list(connection, SELECT + lock, this::encrypted, parameters.toArray());
        for (Row row : rows) {
            if (row.why() == null) {
                Sql.update(connection, UPDATE, row.update().toArray());
            }
        }
        return rows;
    }

    private Row encrypted(ResultSet row) throws SQLException {
        String account = row.getString("account");
        List<@Nullable Object> update = new ArrayList<>();
        try {
            for (SecretColumn column : SecretColumn.values()) {
                byte[] content = row.getBytes(column.column());
                update.add(cipher.encrypt(account, column, cipher.decrypt(account, column, content)));
            }
        } catch (IllegalArgumentException e) {
            return new Row(account, update, e.getMessage());
        }
        update.add(account);
        return new Row(account, update, null);
    }

    private List<byte[]> heads() {
        return Collections.nCopies(SecretColumn.values().length, cipher.currentHead());
    }

    private boolean end() throws SQLException {
        if (!undecryptable.isEmpty()) {
            String first = undecryptable.get(0);
            int others = undecryptable.size() - 1;
            undecryptable.clear();
            last = "";
            throw new StoreException(
                    "old keys are still needed, since secrets can't be re-encrypted: " + first
                            + (others == 0 ? "" : " and " + others + " more account(s)"),
                    null);
        }
        return database.engine() == Engine.POSTGRESQL ? noneLeft() : emptyLog();
    }

    /**
     * Begins anew while there are rows under an older key: a replica with another first key may have written them. Returns true
     * when there are none, and this replica's first key is the one that every replica must have.
     */
    private boolean noneLeft() throws SQLException {
        boolean left =
                database.read(connection -> !Sql.list(connection, LEFT, row -> row.getString(1), heads().toArray())
                        .isEmpty());
        if (left) {
            last = "";
            return false;
        }
        database.writer().write(connection -> KeyCheck.replace(connection, cipher));
        return true;
    }

    /** In SQLite all writes meanwhile use the first key, so one pass is enough. Returns false while another process reads the log. */
    private boolean emptyLog() throws SQLException {
        List<Integer> busy = database.read(
                connection -> Sql.list(connection, "PRAGMA wal_checkpoint(TRUNCATE)", row -> row.getInt(1)));
        return busy.equals(List.of(0));
    }
}
