package dev.listenkeyd.store;

import java.sql.Connection;
import java.sql.SQLException;

/** Looks at a database before it is written to. */
final class PostgresSchema {
    /** The newest migration in {@code db/postgresql}. */
    static final int VERSION = 2;

    private static final int OLDEST_SERVER = 14;

    private static final String HISTORY = "flyway_schema_history";

    /** The database can't be used. The message continues "the store ...". */
    static final class Unfit extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private Unfit(String message) {
            super(message);
        }
    }

    private PostgresSchema() {}

    /**
     * Changes nothing.
     *
     * @return version of the schema; 0 for none
     * @throws Unfit when the database can't be used
     */
    static int check(Connection connection) throws SQLException {
        int server = connection.getMetaData().getDatabaseMajorVersion();
        if (server < OLDEST_SERVER) {
            throw new Unfit("is PostgreSQL " + server + "; needed is " + OLDEST_SERVER + " or newer");
        }
        if (is(connection, "SELECT current_setting('transaction_read_only') = 'on'")) {
            throw new Unfit("may be read, but not written: it is a standby, or its transactions are read-only");
        }
        if (!is(connection, "SELECT current_setting('server_encoding') = 'UTF8'")) {
            throw new Unfit("has another encoding than UTF8");
        }
        int version = is(connection, "SELECT to_regclass('" + HISTORY + "') IS NOT NULL") ? newest(connection) : 0;
        if (version > VERSION) {
            throw new Unfit("has schema version " + version + ", written by a newer listenkeyd; this one knows "
                    + VERSION + ". Nothing was changed.");
        }
        return version;
    }

    /** After a restored dump, rows carry transaction numbers of the other cluster, so that every poll would take them for new. */
    static int adaptToCluster(Connection connection) throws SQLException {
        return Sql.update(connection, "UPDATE claim SET owner = owner WHERE changed > pg_current_xact_id()")
                + Sql.update(connection, "UPDATE lease SET version = version WHERE changed > pg_current_xact_id()")
                + Sql.update(connection, "DELETE FROM event WHERE changed > pg_current_xact_id()");
    }

    private static boolean is(Connection connection, String query) throws SQLException {
        return Boolean.TRUE.equals(Sql.first(connection, query, row -> row.getBoolean(1)));
    }

    private static int newest(Connection connection) throws SQLException {
        Integer newest = Sql.first(
                connection,
                "SELECT coalesce(max(version::integer), 0) FROM " + HISTORY + " WHERE success",
                row -> row.getInt(1));
        return newest == null ? 0 : newest;
    }
}
