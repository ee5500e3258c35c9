package dev.listenkeyd.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * Writes of many threads, each on disk when it returns. Who comes while the disk is busy joins the next transaction: a
 * disk keeps a hundred rows in the time of one. Thread-safe.
 */
final class GroupCommit {
    /** Writes of one transaction, so that nobody waits for an endless one. */
    private static final int MOST_AT_ONCE = 256;

    /** How long a write waits for those before it: a store that hangs must not hold up renewals for ever. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    /** Extended codes of SQLite carry the primary one in their lowest byte. */
    private static final int PRIMARY_CODE = 0xFF;

    private final DataSource dataSource;
    private final Duration patience;
    private final Queue<Write> waiting = new ConcurrentLinkedQueue<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition ended = lock.newCondition();

    /** Whether a transaction is under way; guarded by {@link #lock}. */
    private boolean committing;

    /** @param patience how long a write waits for those before it */
    GroupCommit(DataSource dataSource, Duration patience) {
        this.dataSource = dataSource;
        this.patience = patience;
    }

    /** Sets the parameters of a statement. */
    interface Binding {
        void bind(PreparedStatement statement) throws SQLException;
    }

    /** Belongs to who commits it, and is seen by who asked for it when it is done, which is guarded by the lock. */
    private static final class Write {
        private final String sql;
        private final Binding binding;
        private boolean done;
        private int rows;
        private @Nullable Throwable failure;

        private Write(String sql, Binding binding) {
            this.sql = sql;
            this.binding = binding;
        }

        /** @throws SQLException when the transaction has failed with it; what is wrong with this row alone is its own failure */
        private void run(Connection connection) throws SQLException {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                binding.bind(statement);
                rows = statement.executeUpdate();
            } catch (SQLiteException e) {
                // SQLite undoes this statement and no other one.
                if ((e.getResultCode().code & PRIMARY_CODE) != SQLiteErrorCode.SQLITE_CONSTRAINT.code) {
                    throw e;
                }
                failure = e;
            } catch (RuntimeException e) {
                // Of the binding: nothing was executed.
                failure = e;
            }
        }

        private int result() throws SQLException {
            if (failure != null) {
                throw new SQLException(failure.getMessage(), failure);
            }
            return rows;
        }
    }

    /**
     * Returns how many rows were changed.
     *
     * @throws SQLException when it was not written, whatever the reason; when the disk fails, so do all writes of its
     *     transaction. Also when those before it take too long; then it may be written all the same, later
     */
    int write(String sql, Binding binding) throws SQLException {
        Write mine = new Write(sql, binding);
        waiting.add(mine);
        try {
            while (isToCommit(mine)) {
                commit(next());
            }
        } catch (SQLException givenUp) {
            waiting.remove(mine);
            throw givenUp;
        }
        return mine.result();
    }

    /**
     * Waits until this write is done, or until no transaction is under way: then the next one is this thread's. Nobody holds
     * the lock while the disk works, so that all who are done leave at once.
     */
    private boolean isToCommit(Write mine) throws SQLException {
        lock.lock();
        try {
            long left = patience.toNanos();
            while (committing && !mine.done) {
                if (left <= 0) {
                    throw new SQLException(
                            "writes before this one have not ended within " + patience.toSeconds() + " s");
                }
                left = ended.awaitNanos(left);
            }
            if (mine.done) {
                return false;
            }
            committing = true;
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLException("interrupted while waiting for the writes before this one", e);
        } finally {
            lock.unlock();
        }
    }

    /** Writes that have not begun. */
    int waiting() {
        return waiting.size();
    }

    private List<Write> next() {
        List<Write> together = new ArrayList<>();
        for (Write write = waiting.poll(); write != null; write = waiting.poll()) {
            together.add(write);
            if (together.size() == MOST_AT_ONCE) {
                break;
            }
        }
        return together;
    }

    private void commit(List<Write> together) {
        Throwable failure = null;
        try (Connection connection = dataSource.getConnection()) {
            Transactions.run(connection, () -> {
                for (Write write : together) {
                    write.run(connection);
                }
                return together;
            });
        } catch (SQLException | RuntimeException | Error e) {
            failure = e;
        }
        lock.lock();
        try {
            for (Write write : together) {
                write.failure = failure == null ? write.failure : failure;
                write.done = true;
            }
            committing = false;
            ended.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
