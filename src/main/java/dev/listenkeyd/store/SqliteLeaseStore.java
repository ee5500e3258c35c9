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

    /** Built at the first write, as all rows have the same columns; used by the writer's thread only. */
    private @Nullable String putStatement;

    SqliteLeaseStore(Database database, Supplier<SecretCipher> cipher) {
        super(database, cipher, new DeliveryTable(null), new Key("id", 1));
    }

    @Override
    int put(Connection connection, Map<String, @Nullable Object> row) throws SQLException {
        if (putStatement == null) {
            putStatement = Sql.insert("lease", row.keySet()) + replace(row.keySet(), OLDER);
        }
        return Sql.update(connection, putStatement, row.values().toArray());
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
