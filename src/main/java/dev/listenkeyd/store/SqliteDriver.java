package dev.listenkeyd.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.sqlite.JDBC;
import org.sqlite.jdbc4.JDBC4Connection;
import org.sqlite.jdbc4.JDBC4PreparedStatement;

/**
 * SQLite's driver, but a closed statement stays prepared for its next use: to prepare the write of a lease takes longer than
 * to run it, and neither the driver nor the connection pool keeps statements. The pool makes it by its name in {@code
 * application.properties}.
 */
public final class SqliteDriver extends JDBC {
    /** Per connection; more than the statements that are in constant use. */
    static final int MOST_KEPT = 16;

    @Override
    public @Nullable Connection connect(String url, Properties settings) throws SQLException {
        return acceptsURL(url) ? new KeepingConnection(url, settings) : null;
    }

    /** Used by one thread at a time. Closing it closes all its statements. */
    private static final class KeepingConnection extends JDBC4Connection {
        /** By their texts, the one that was used last at the end; none of them is in use. */
        private final Map<String, KeptStatement> kept = new LinkedHashMap<>();

        private KeepingConnection(String url, Properties settings) throws SQLException {
            super(url, url.substring(PREFIX.length()), settings);
        }

        @Override
        public PreparedStatement prepareStatement(String text, int type, int concurrency, int holdability)
                throws SQLException {
            checkOpen();
            checkCursor(type, concurrency, holdability);
            KeptStatement statement = kept.remove(text);
            return statement == null ? new KeptStatement(this, text) : statement;
        }

        private void keep(KeptStatement statement) throws SQLException {
            KeptStatement same = kept.put(statement.text, statement);
            if (same != null) {
                same.discard();
            } else if (kept.size() > MOST_KEPT) {
                Iterator<KeptStatement> oldest = kept.values().iterator();
                KeptStatement unused = oldest.next();
                oldest.remove();
                unused.discard();
            }
        }
    }

    /** Without parameters and results while it is not in use. */
    private static final class KeptStatement extends JDBC4PreparedStatement {
        private final KeepingConnection connection;
        private final String text;

        private KeptStatement(KeepingConnection connection, String text) throws SQLException {
            super(connection, text);
            this.connection = connection;
            this.text = text;
        }

        @Override
        public void close() throws SQLException {
            if (pointer.isClosed()) {
                discard();
            } else {
                rs.close();
                clearBatch();
                connection.keep(this);
            }
        }

        private void discard() throws SQLException {
            super.close();
        }
    }
}
