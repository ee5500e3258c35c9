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
    private static final String DELETE = "DELETE FROM lease WHERE account = ?";

    SqliteLeaseStore(Database database, Supplier<SecretCipher> cipher) {
        super(database, cipher, new DeliveryTable(null), new Key("id", 1));
    }

    @Override
    int put(Connection connection, Map<String, @Nullable Object> row) throws SQLException {
        return Sql.update(
                connection,
                Sql.insert("lease", row.keySet()) + replaceOlder(row.keySet()),
                row.values().toArray());
    }

    @Override
    int delete(Connection connection, String account) throws SQLException {
        return Sql.update(connection, DELETE, account);
    }

    @Override
    <T> List<T> live(Connection connection, Sql.Reader<T> reader) throws SQLException {
        return Sql.list(connection, SELECT, reader);
    }
}
