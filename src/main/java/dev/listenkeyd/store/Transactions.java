package dev.listenkeyd.store;

import java.sql.Connection;
import java.sql.SQLException;

/** All or nothing. */
final class Transactions {
    private Transactions() {}

    /** What is done in a transaction. */
    interface Work<T> {
        T run() throws SQLException;
    }

    /** Leaves the connection as it was: what fails is told by its own words, not by those of the way back. */
    static <T> T run(Connection connection, Work<T> work) throws SQLException {
        connection.setAutoCommit(false);
        T result;
        try {
            result = work.run();
            connection.commit();
        } catch (SQLException | RuntimeException | Error e) {
            rollBack(connection, e);
            throw e;
        }
        connection.setAutoCommit(true);
        return result;
    }

    /** What SQLite has rolled back by itself, as on a full disk, can't be rolled back again. */
    private static void rollBack(Connection connection, Throwable why) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            why.addSuppressed(e);
        }
        try {
            connection.setAutoCommit(true);
        } catch (SQLException e) {
            why.addSuppressed(e);
        }
    }
}
