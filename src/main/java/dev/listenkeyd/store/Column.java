package dev.listenkeyd.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Reads values of the row on which a result set stands. Each method throws {@link IllegalArgumentException} for a value that no
 * daemon has written; its message names the row's account and the column, and does not repeat the value.
 */
final class Column {
    /** Any two instants between these are less than 292 years apart, so that their distance fits in nanoseconds. */
    private static final Instant EARLIEST = Instant.parse("1950-01-01T00:00:00Z");

    private static final Instant LATEST = Instant.parse("2200-01-01T00:00:00Z");

    /** The class of SQL states for a value that can't be converted; all others concern the statement or the connection. */
    private static final String DATA_EXCEPTION = "22";

    /** The largest version or number of a row: later ones are counted on from it. */
    static final long MOST = Long.MAX_VALUE / 2;

    private Column() {}

    /** Reads a row. A value that can't be converted counts as damaged, too. */
    static <T> T read(ResultSet row, Sql.Reader<T> reader) throws SQLException {
        try {
            return reader.read(row);
        } catch (SQLException e) {
            String state = e.getSQLState();
            if (state != null && state.startsWith(DATA_EXCEPTION)) {
                throw new IllegalArgumentException(account(row) + "a value can't be converted", e);
            }
            throw e;
        }
    }

    static Instant instant(ResultSet row, String column) throws SQLException {
        return required(row, column, instantOrNull(row, column));
    }

    static @Nullable Instant instantOrNull(ResultSet row, String column) throws SQLException {
        long millis = row.getLong(column);
        if (row.wasNull()) {
            return null;
        }
        Instant instant = Instant.ofEpochMilli(millis);
        if (instant.isBefore(EARLIEST) || instant.isAfter(LATEST)) {
            throw damaged(row, column, "is no plausible time");
        }
        return instant;
    }

    static String text(ResultSet row, String column) throws SQLException {
        return required(row, column, row.getString(column));
    }

    static @Nullable Integer integerOrNull(ResultSet row, String column) throws SQLException {
        int value = row.getInt(column);
        return row.wasNull() ? null : value;
    }

    /** A number of something. */
    static int count(ResultSet row, String column) throws SQLException {
        int count = required(row, column, integerOrNull(row, column));
        if (count < 0) {
            throw damaged(row, column, "is below zero");
        }
        return count;
    }

    /** A number that grows: a version, or the place of a row among others. */
    static long number(ResultSet row, String column) throws SQLException {
        long number = row.getLong(column);
        if (row.wasNull() || number < 0 || number > MOST) {
            throw damaged(row, column, "is missing or out of range");
        }
        return number;
    }

    static <E extends Enum<E>> E word(ResultSet row, String column, Class<E> words) throws SQLException {
        try {
            return Enum.valueOf(words, text(row, column));
        } catch (IllegalArgumentException e) {
            throw damaged(row, column, "is missing or not known to this version");
        }
    }

    private static <T> T required(ResultSet row, String column, @Nullable T value) throws SQLException {
        if (value == null) {
            throw damaged(row, column, "is missing");
        }
        return value;
    }

    private static String account(ResultSet row) throws SQLException {
        String account = row.getString("account");
        return account == null ? "" : account + ": ";
    }

    static IllegalArgumentException damaged(ResultSet row, String column, String how) throws SQLException {
        return new IllegalArgumentException(account(row) + "its " + column + " " + how);
    }
}
