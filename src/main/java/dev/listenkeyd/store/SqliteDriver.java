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
import org.sqlite.core.DB;
import org.sqlite.jdbc4.JDBC4Connection;
import org.sqlite.jdbc4.JDBC4PreparedStatement;

/**
 * SQLite's driver with a cache of statements: a closed one stays prepared for its next use. To prepare the write of a lease
 * takes longer than to run it, and neither the driver nor the connection pool has such a cache. The class is named in {@code
 * application.properties}.
 */
public final class SqliteDriver extends JDBC {
    /** Per connection; more than the statements that are in constant use. */
    static final int MAX_CACHED = 16;

    @Override
    public @Nullable Connection connect(String url, Properties settings) throws SQLException {
        return acceptsURL(url) ? new CachingConnection(url, settings) : null;
    }

    /** Used by one thread at a time. Closing it closes all its statements. */
    private static final class CachingConnection extends JDBC4Connection {
        /** By their texts, the one that was used last at the end; none of them is in use. */
        private final Map<String, CachedStatement> cached = new LinkedHashMap<>();

        private CachingConnection(String url, Properties settings) throws SQLException {
            super(url, url.substring(PREFIX.length()), settings);
        }

        @Override
        public PreparedStatement prepareStatement(String text, int type, int concurrency, int holdability)
                throws SQLException {
            checkOpen();
            checkCursor(type, concurrency, holdability);
            CachedStatement statement = cached.remove(text);
            if (statement == null) {
                return new CachedStatement(this, text);
            }
            statement.inCache = false;
            return statement;
        }

        private void keep(CachedStatement statement) throws SQLException {
            CachedStatement same = cached.put(statement.text, statement);
            if (same != null) {
                same.discard();
            } else if (cached.size() > MAX_CACHED) {
                Iterator<CachedStatement> oldest = cached.values().iterator();
                CachedStatement unused = oldest.next();
                oldest.remove();
                unused.discard();
            }
        }
    }

    /** In the cache it has neither parameters nor results, and holds no lock. */
    private static final class CachedStatement extends JDBC4PreparedStatement {
        private final CachingConnection connection;
        private final String text;
        private boolean inCache;

        private CachedStatement(CachingConnection connection, String text) throws SQLException {
            super(connection, text);
            this.connection = connection;
            this.text = text;
        }

        @Override
        public void close() throws SQLException {
            if (pointer.isClosed()) {
                discard();
            } else if (!inCache) {
                rs.close();
                clearBatch();
                clearGeneratedKeys();
                // Also after a result that nobody read, which would keep its read transaction open.
                pointer.safeRunInt(DB::reset);
                clearParameters();
                setMaxRows(0);
                setQueryTimeout(0);
                inCache = true;
                connection.keep(this);
            }
        }

        @Override
        public boolean isClosed() {
            return inCache || super.isClosed();
        }

        private void discard() throws SQLException {
            super.close();
        }
    }
}
