package dev.listenkeyd.store;

import dev.listenkeyd.secrets.SecretCipher;
import dev.listenkeyd.secrets.SecretColumn;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** What stands in the store's columns of secrets before anything is written to it. */
public final class SecretInventory {
    // A secret in plain has no head of its own: its first byte says all.
    private static final String HEADS = "SELECT head, min(account), count(DISTINCT account) FROM ("
            + SecretColumn.each(
                    "SELECT account, CASE substr(%1$s, 1, 1) WHEN x'00' THEN x'00' ELSE substr(%1$s, 1, "
                            + SecretCipher.HEAD_BYTES + ") END AS head FROM lease WHERE %1$s IS NOT NULL",
                    " UNION ALL ")
            + ") GROUP BY head ORDER BY 2";

    /** Whether a row is to be encrypted anew; its parameters are the head of those that are not, once a column. */
    static final String OUTDATED =
            "(" + SecretColumn.each("substr(%s, 1, " + SecretCipher.HEAD_BYTES + ") <> ?", " OR ") + ")";

    private static final String COUNT = "SELECT count(*) FROM lease WHERE " + OUTDATED;

    private SecretInventory() {}

    /**
     * Looks whether there is a key for every secret of the store, and changes no byte of it.
     *
     * @param cipher with the keys that are given, locked when there are none
     * @return number of rows to encrypt anew: with a secret in plain, or under another key than the first
     * @throws StoreFile.Unusable when a key is missing; names the first account that needs it
     */
    public static int check(Path file, SecretCipher cipher) throws StoreFile.Unusable {
        try {
            return StoreFile.read(file, 0, statement -> check(statement, cipher));
        } catch (IOException | SQLException e) {
            throw new StoreFile.Unusable("can't be read: " + e.getMessage(), e);
        }
    }

    private static int check(Statement statement, SecretCipher cipher) throws SQLException, StoreFile.Unusable {
        if (!StoreFile.hasTable(statement, "lease")) {
            return 0;
        }
        try (ResultSet row = statement.executeQuery(HEADS)) {
            while (row.next()) {
                checkHead(row, cipher);
            }
        }
        try (PreparedStatement count = statement.getConnection().prepareStatement(COUNT)) {
            bindHead(count, 0, cipher);
            try (ResultSet row = count.executeQuery()) {
                return row.getInt(1);
            }
        }
    }

    private static void checkHead(ResultSet row, SecretCipher cipher) throws SQLException, StoreFile.Unusable {
        try {
            cipher.checkHead(row.getBytes(1));
        } catch (IllegalArgumentException e) {
            int others = row.getInt(3) - 1;
            throw new StoreFile.Unusable(
                    "holds a secret that can't be read: that of " + row.getString(2)
                            + (others == 0 ? "" : " and " + others + " more account(s)") + " " + e.getMessage() + ".",
                    e);
        }
    }

    /** Sets the parameters of {@link #OUTDATED}, which stand behind {@code before} others. */
    static void bindHead(PreparedStatement statement, int before, SecretCipher cipher) throws SQLException {
        byte[] head = cipher.currentHead();
        for (int column = 1; column <= SecretColumn.values().length; column++) {
            statement.setBytes(before + column, head);
        }
    }
}
