package dev.listenkeyd.store;

import dev.listenkeyd.secrets.SecretCipher;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Leases in PostgreSQL, as one member writes them: only those that it owns by a claim. The claim is locked with the row, so that
 * no other member takes it over in between; a claim that was taken over already leaves the row as it is.
 */
final class PostgresLeaseStore extends LeaseTable {
    private static final String LOCK = "SELECT owner FROM claim WHERE account = ? FOR NO KEY UPDATE";
    private static final String DELETE = "DELETE FROM lease WHERE account = ?";
    private static final String OWN = "WITH own AS MATERIALIZED"
            + " (SELECT account FROM claim WHERE account = ? AND owner = ? AND ended_version < ? FOR SHARE) ";
    /** An older version, or none that anybody has written. */
    private static final String OLDER = "lease.version <= excluded.version OR lease.version > " + Column.MOST;

    private static final String SELECT =
            "SELECT lease.* FROM claim JOIN lease USING (account) WHERE claim.leased AND claim.owner = ? ORDER BY account";

    private final String member;

    /** Built at the first write, as all rows have the same columns; used by the writer's thread only. */
    private @Nullable String putStatement;

    PostgresLeaseStore(Database database, Supplier<SecretCipher> cipher, Identity identity) {
        super(database, cipher, new DeliveryTable(identity.id()), new Key("replica", identity.replica()));
        this.member = identity.id();
    }

    @Override
    int put(Connection connection, Map<String, @Nullable Object> row) throws SQLException {
        List<@Nullable Object> parameters =
                new ArrayList<>(Arrays.asList(row.get("account"), member, row.get("version")));
        parameters.addAll(row.values());
        if (putStatement == null) {
            putStatement = putSql(row.keySet());
        }
        return Sql.update(connection, putStatement, parameters.toArray());
    }

    private static String putSql(Set<String> columns) {
        return OWN + "INSERT INTO lease (" + String.join(", ", columns) + ") SELECT " + Sql.placeholders(columns)
                + " FROM own" + replace(columns, OLDER);
    }

    @Override
    boolean delete(Connection connection, String account) throws SQLException {
        String owner = Sql.first(connection, LOCK, row -> row.getString("owner"), account);
        if (owner == null || !owner.equals(member)) {
            return owner == null;
        }
        Sql.update(connection, DELETE, account);
        return true;
    }

    /** Those that this member owns: none at its start. */
    @Override
    <T> List<T> live(Connection connection, Sql.Reader<T> reader) throws SQLException {
        return Sql.list(connection, SELECT, reader, member);
    }
}
