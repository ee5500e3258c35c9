package dev.listenkeyd.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/** Access to the tables of a store: reads on the caller's thread, writes on the one thread that writes. Thread-safe. */
final class Database {

    /** The engine, for the few statements that differ. */
    enum Engine {
        /** One connection; each transaction has the file for itself. */
        SQLITE,
        /** Several connections, of other processes, too. */
        POSTGRESQL
    }

    private static final String SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";

    /** Of the connections of PostgreSQL the others stay with the leases, the membership and the writer. */
    private static final int MOST_SPARE = 2;

    private final Engine engine;
    private final DataSource dataSource;
    private final StoreWriter writer;
    private final Turns spare = new Turns(MOST_SPARE);

    Database(Engine engine, DataSource dataSource) {
        this.engine = engine;
        this.dataSource = dataSource;
        this.writer = new StoreWriter(dataSource);
    }

    Engine engine() {
        return engine;
    }

    StoreWriter writer() {
        return writer;
    }

    /** Uses one of the few connections for agents, persons and the audit, who may ask as often as they like. Never nested. */
    <T> T spare(Turns.Use<T> use) throws SQLException {
        return spare.take(use);
    }

    /** Reads. All statements see the same state of the tables. */
    <T> T read(Sql.Query<T> query) throws SQLException {
        if (engine == Engine.POSTGRESQL) {
            return transact(connection -> {
                try (Statement statement = connection.createStatement()) {
                    statement.execute(SNAPSHOT);
                }
                return query.run(connection);
            });
        }
        try (Connection connection = dataSource.getConnection()) {
            return query.run(connection);
        }
    }

    /** Runs in a transaction of its own, on the caller's thread. */
    <T> T transact(Sql.Query<T> query) throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            try {
                T result = query.run(connection);
                connection.commit();
                connection.setAutoCommit(true);
                return result;
            } catch (SQLException | RuntimeException | Error e) {
                StoreWriter.rollBack(connection, e);
                throw e;
            }
        }
    }

    /** Runs statements that are each a transaction of its own, on the caller's thread. */
    <T> T each(Sql.Query<T> query) throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            return query.run(connection);
        }
    }
}
