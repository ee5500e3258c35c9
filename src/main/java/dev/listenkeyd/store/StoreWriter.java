package dev.listenkeyd.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that writes to the store, in the order of the requests. It commits in groups: writes that wait while the
 * disk works, or that come within milliseconds, share the next transaction. A disk that hangs holds up this thread and nothing else. Thread-safe.
 */
final class StoreWriter {
    /** Writes of one transaction, so that none takes too long. */
    static final int MOST_AT_ONCE = 256;

    /** How long a write that nobody waits for waits for the next one: all that a call changes shares a transaction. */
    private static final Duration LINGER = Duration.ofMillis(10);

    /** A transaction begins at the latest when it has waited so often. */
    private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

    private static final int MOST_LINGERS = 8;

    /** Writes that wait: more than one for each lease of a large fleet. Further ones fail at once. */
    static final int MOST_WAITING = 200_000;

    private final DataSource dataSource;
    private final long lingerNanos;
    private final BlockingQueue<Task<?>> queue = new LinkedBlockingQueue<>(MOST_WAITING);

    StoreWriter(DataSource dataSource) {
        this(dataSource, LINGER);
    }

    StoreWriter(DataSource dataSource, Duration linger) {
        this.dataSource = dataSource;
        this.lingerNanos = linger.toNanos();
        Thread thread = new Thread(this::run, "store");
        // A disk that hangs must not keep the process from ending.
        thread.setDaemon(true);
        thread.start();
    }

    /** A change of the store. */
    interface Write<T> {
        /** Runs in a transaction that other writes may share. An exception undoes this write alone. */
        T to(Connection connection) throws SQLException;
    }

    /** A write, and its result once the transaction has ended. */
    private static final class Task<T> {
        private final Write<T> write;
        private final boolean lingers;
        private final CompletableFuture<T> written = new CompletableFuture<>();
        private @Nullable T result;
        private @Nullable Exception failure;

        private Task(Write<T> write, boolean lingers) {
            this.write = write;
            this.lingers = lingers;
        }

        /** @throws SQLException when the whole transaction has failed */
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

        /** SQLite rolls back the whole transaction by itself when the disk is full; then the savepoint is gone. */
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
     * Queues a write and returns at once.
     *
     * @return completes when the write is on disk, on the writer's thread, which dependents must not block; fails with the
     *     write's own exception, or with that of the store
     */
    <T> CompletableFuture<T> submit(Write<T> write) {
        return enqueue(new Task<>(write, false));
    }

    /** As {@link #submit}, for a write that nobody waits for: it may wait some milliseconds for others. */
    <T> CompletableFuture<T> submitLingering(Write<T> write) {
        return enqueue(new Task<>(write, true));
    }

    /** Ends the waiting of all writes that linger. */
    void hurry() {
        CompletableFuture<Boolean> unused = submit(connection -> true);
    }

    private <T> CompletableFuture<T> enqueue(Task<T> task) {
        if (!queue.offer(task)) {
            task.written.completeExceptionally(new SQLException(MOST_WAITING + " writes wait for the disk already"));
        }
        return task.written;
    }

    /** Writes, and waits for the disk, however long that takes. */
    <T> T write(Write<T> write) throws SQLException {
        return write(write, FOREVER);
    }

    /** As {@link #write(Write)}, but fails after some time; the write may be made later. */
    <T> T write(Write<T> write, Duration patience) throws SQLException {
        try {
            return submit(write).get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new SQLException("other writes took too long", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new SQLException(cause.getMessage(), cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLException("interrupted while waiting for the disk", e);
        }
    }

    private void run() {
        try {
            while (true) {
                commit(next());
            }
        } catch (InterruptedException e) {
            // Not expected: the thread ends with the process.
            Thread.currentThread().interrupt();
        }
    }

    private List<Task<?>> next() throws InterruptedException {
        List<Task<?>> together = new ArrayList<>();
        @Nullable Task<?> newest = queue.take();
        for (int lingered = 0; newest != null; lingered++) {
            together.add(newest);
            queue.drainTo(together, MOST_AT_ONCE - together.size());
            boolean waits = lingered < MOST_LINGERS
                    && together.size() < MOST_AT_ONCE
                    && together.stream().allMatch(task -> task.lingers);
            newest = waits ? queue.poll(lingerNanos, TimeUnit.NANOSECONDS) : null;
        }
        return together;
    }

    /** Catches everything: the thread goes on, and every write gets an answer. */
    private void commit(List<Task<?>> together) {
        Throwable failure = null;
        try (Connection connection = dataSource.getConnection()) {
            transact(connection, together);
        } catch (SQLException | RuntimeException | Error e) {
            failure = e;
        }
        for (Task<?> task : together) {
            task.end(failure);
        }
    }

    private static void transact(Connection connection, List<Task<?>> together) throws SQLException {
        connection.setAutoCommit(false);
        try {
            for (Task<?> task : together) {
                task.run(connection);
            }
            connection.commit();
        } catch (SQLException | RuntimeException | Error e) {
            rollBack(connection, e);
            throw e;
        }
        connection.setAutoCommit(true);
    }

    /** Keeps the first failure: a transaction that SQLite has rolled back by itself can't be rolled back again. */
    static void rollBack(Connection connection, Throwable why) {
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
