package dev.listenkeyd.store;

import dev.listenkeyd.secrets.SecretCipher;
import dev.listenkeyd.secrets.SecretColumn;
import dev.listenkeyd.secrets.SecretKeys;
import dev.listenkeyd.store.Store.Unusable;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/** Checks, before anything is written, that there is a key for every secret of the store. */
final class SecretInventory {
    private static final String HEADS = "SELECT head, min(account), count(DISTINCT account) FROM ("
            + SecretColumn.each(
                    "SELECT account, substr(%1$s, 1, " + SecretCipher.HEAD_BYTES
                            + ") AS head FROM lease WHERE %1$s IS NOT NULL",
                    " UNION ALL ")
            + ") AS secret GROUP BY head ORDER BY 2";

    private SecretInventory() {}

    /**
     * Changes no byte of the store.
     *
     * @param keys null: there are none
     * @throws Unusable when a key is missing; names the first account that needs it
     */
    static void check(Path file, @Nullable SecretKeys keys) throws Unusable {
        try {
            StoreFile.read(file, true, statement -> {
                if (StoreFile.hasTable(statement, "lease")) {
                    check(statement, keys);
                }
                return true;
            });
        } catch (IOException | SQLException e) {
            throw new Unusable("can't be read: " + e.getMessage(), e);
        }
    }

    /** Like the other, by a statement of the store. */
    static void check(Statement statement, @Nullable SecretKeys keys) throws SQLException, Unusable {
        try (ResultSet row = statement.executeQuery(HEADS)) {
            while (row.next()) {
                checkHead(row, keys);
            }
        }
    }

    private static void checkHead(ResultSet row, @Nullable SecretKeys keys) throws SQLException, Unusable {
        try {
            SecretCipher.checkHead(row.getBytes(1), keys);
        } catch (IllegalArgumentException e) {
            int others = row.getInt(3) - 1;
            throw new Unusable(
                    "holds a secret that can't be read: that of " + row.getString(2)
                            + (others == 0 ? "" : " and " + others + " more account(s)") + " " + e.getMessage() + ".",
                    e);
        }
    }
}
