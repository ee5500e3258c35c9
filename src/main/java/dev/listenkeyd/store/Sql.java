package dev.listenkeyd.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Runs one statement with its parameters. An {@link Instant} is stored as epoch milliseconds; a collection is an array of texts. */
final class Sql {
    private static final Logger LOG = Logger.getLogger("listenkeyd.store");

    private Sql() {}

    /** Reads by one connection. */
    interface Query<T> {
        T run(Connection connection) throws SQLException;
    }

    /** Reads the row on which the result set stands. */
    interface Reader<T> {
        T read(ResultSet row) throws SQLException;
    }

    static <T> List<T> list(Connection connection, String sql, Reader<T> reader, @Nullable Object... parameters)
            throws SQLException {
        try (PreparedStatement statement = prepare(connection, sql, parameters);
                ResultSet row = statement.executeQuery()) {
            List<T> rows = new ArrayList<>();
            while (row.next()) {
                rows.add(reader.read(row));
            }
            return rows;
        }
    }

    /** As {@link #list}, without the rows that are damaged; the first of them is logged. */
    static <T> List<T> readable(Connection connection, String sql, Reader<T> reader, @Nullable Object... parameters)
            throws SQLException {
        List<T> rows = new ArrayList<>();
        List<@Nullable String> damaged = new ArrayList<>();
        Reader<Boolean> adding = row -> {
            try {
                return rows.add(Column.read(row, reader));
            } catch (IllegalArgumentException e) {
                return damaged.add(e.getMessage());
            }
        };
        list(connection, sql, adding, parameters);
        if (!damaged.isEmpty()) {
            LOG.errorf("%d row(s) are left out, since they are damaged: %s", damaged.size(), damaged.get(0));
        }
        return rows;
    }

    /** The first row; null when there is none. */
    static <T> @Nullable T first(Connection connection, String sql, Reader<T> reader, @Nullable Object... parameters)
            throws SQLException {
        List<T> rows = list(connection, sql, reader, parameters);
        return rows.isEmpty() ? null : rows.get(0);
    }

    /** Returns the number of rows changed. */
    static int update(Connection connection, String sql, @Nullable Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepare(connection, sql, parameters)) {
            return statement.executeUpdate();
        }
    }

    /** Adds a row, or puts it in the place of the one with its key. */
    static String upsert(String table, Collection<String> key, Collection<String> columns) {
        return insert(table, columns) + " ON CONFLICT (" + String.join(", ", key) + ") DO UPDATE SET "
                + columns.stream()
                        .map(column -> column + " = excluded." + column)
                        .collect(Collectors.joining(", "));
    }

    static String insert(String table, Collection<String> columns) {
        return "INSERT INTO " + table + " (" + String.join(", ", columns) + ") VALUES (" + placeholders(columns) + ")";
    }

    static String placeholders(Collection<String> columns) {
        return String.join(", ", Collections.nCopies(columns.size(), "?"));
    }

    private static PreparedStatement prepare(Connection connection, String sql, @Nullable Object... parameters)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < parameters.length; i++) {
            statement.setObject(i + 1, stored(connection, parameters[i]));
        }
        return statement;
    }

    private static @Nullable Object stored(Connection connection, @Nullable Object value) throws SQLException {
        if (value instanceof Instant instant) {
            return instant.toEpochMilli();
        }
        if (value instanceof Collection<?> texts) {
            return connection.createArrayOf("text", texts.toArray());
        }
        // PostgreSQL has no such character in its texts, and a message of the exchange may have any.
        return value instanceof String text && text.indexOf(0) >= 0 ? text.replace('\0', '\uFFFD') : value;
    }
}
