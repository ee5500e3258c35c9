package dev.listenkeyd.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that writes to the store, in the order in which writes were asked for. Writes that wait while the disk
 * works share the next transaction: a disk keeps a hundred rows in the time of one. Nobody but this thread is held up by a
 * disk that hangs. Thread-safe.
 */
public final class StoreWriter {
    /** Writes of one transaction, so that none takes too long. */
    static final int MOST_AT_ONCE = 256;

    /** Writes that wait: more than one for each lease of a large fleet. Further ones fail at once. */
    static final int MOST_WAITING = 200_000;

    private final DataSource dataSource;
    private final BlockingQueue<Task<?>> queue = new LinkedBlockingQueue<>(MOST_WAITING);

    public StoreWriter(DataSource dataSource) {
        this.dataSource = dataSource;
        Thread thread = new Thread(this::run, "store");
        // A disk that hangs must not keep the process from ending.
        thread.setDaemon(true);
        thread.start();
    }

    /** Something to be written. */
    interface Write<T> {
        /** In a transaction, which others may share; what it throws undoes this write alone. */
        T to(Connection connection) throws SQLException;
    }

    /** A write, and its result once the transaction has ended. */
    private static final class Task<T> {
        private final Write<T> write;
        private final CompletableFuture<T> written = new CompletableFuture<>();
        private @Nullable T result;
        private @Nullable Exception failure;

        private Task(Write<T> write) {
            this.write = write;
        }

        /** @throws SQLException when the transaction as a whole has failed */
        private void run(Connection connection) throws SQLException {
            Savepoint before = connection.setSavepoint();
            try {
                result = write.to(connection);
                connection.releaseSavepoint(before);
            } catch (SQLException | RuntimeException e) {
                undo(connection, before, e);
                failure = e;
            }
        }

        /** Where SQLite has rolled back all by itself, as on a full disk, there is no savepoint any more. */
        private static void undo(Connection connection, Savepoint before, Exception why) throws SQLException {
            try {
                connection.rollback(before);
            } catch (SQLException e) {
                SQLException all = new SQLException(why.getMessage(), why);
                all.addSuppressed(e);
                throw all;
            }
        }

        private void end(@Nullable Throwable failureOfAll) {
            Throwable why = failureOfAll == null ? failure : failureOfAll;
            if (why == null) {
                written.complete(result);
            } else {
                written.completeExceptionally(why);
            }
        }
    }

    /**
     * Takes a write; returns at once.
     *
     * @return completes when it is on disk, on the writer's thread, which dependents must not block; fails with what the write
     *     threw, or with what is wrong with the store
     */
    <T> CompletableFuture<T> submit(Write<T> write) {
        Task<T> task = new Task<>(write);
        if (!queue.offer(task)) {
            task.written.completeExceptionally(new SQLException(MOST_WAITING + " writes wait for the disk already"));
        }
        return task.written;
    }

    private void run() {
        try {
            while (true) {
                List<Task<?>> together = new ArrayList<>();
                together.add(queue.take());
                queue.drainTo(together, MOST_AT_ONCE - 1);
                commitOrFail(together);
            }
        } catch (InterruptedException e) {
            // Nobody interrupts this thread; it ends with the process.
            Thread.currentThread().interrupt();
        }
    }

    /** The thread goes on whatever happens, and no write stays without an end. */
    private void commitOrFail(List<Task<?>> together) {
        try {
            commit(together);
        } catch (RuntimeException | Error e) {
            together.forEach(task -> task.written.completeExceptionally(e));
        }
    }

    private void commit(List<Task<?>> together) {
        Throwable failure = null;
        try (Connection connection = dataSource.getConnection()) {
            Transactions.run(connection, () -> {
                for (Task<?> task : together) {
                    task.run(connection);
                }
                return together;
            });
        } catch (SQLException | RuntimeException | Error e) {
            failure = e;
        }
        for (Task<?> task : together) {
            task.end(failure);
        }
    }
}
