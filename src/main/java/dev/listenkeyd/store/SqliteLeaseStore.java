package dev.listenkeyd.store;

import dev.listenkeyd.secrets.SecretCipher;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Leases in SQLite: the file belongs to this process. */
final class SqliteLeaseStore extends LeaseTable {
    private static final String SELECT = "SELECT * FROM lease ORDER BY account";
    /** An older version, or another registration, which has ended. */
    private static final String OLDER =
            "lease.registered_at <> excluded.registered_at OR lease.version <= excluded.version";

    private static final String DELETE = "DELETE FROM lease WHERE account = ?";

    /** Of the writer's thread: every row has the same columns, so that the text is made once. */
    private @Nullable String put;

    SqliteLeaseStore(Database database, Supplier<SecretCipher> cipher) {
        super(database, cipher, new DeliveryTable(null), new Key("id", 1));
    }

    @Override
    int put(Connection connection, Map<String, @Nullable Object> row) throws SQLException {
        if (put == null) {
            put = Sql.insert("lease", row.keySet()) + replace(row.keySet(), OLDER);
        }
        return Sql.update(connection, put, row.values().toArray());
    }

    @Override
    boolean delete(Connection connection, String account) throws SQLException {
        Sql.update(connection, DELETE, account);
        return true;
    }

    @Override
    <T> List<T> live(Connection connection, Sql.Reader<T> reader) throws SQLException {
        return Sql.list(connection, SELECT, reader);
    }
}
