package dev.listenkeyd.store;

import java.sql.SQLException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Bounds the threads that use the database at once for one purpose; the others wait for some seconds. Thread-safe. */
final class Turns {
    private static final long PATIENCE_SECONDS = 5;

    private final Semaphore turns;

    Turns(int most) {
        this.turns = new Semaphore(most, true);
    }

    /** A use of the database. */
    interface Use<T> {
        T run() throws SQLException;
    }

    /** @throws SQLException also when no turn came in time */
    <T> T take(Use<T> use) throws SQLException {
        try {
            if (!turns.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new SQLException("the database is too slow");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLException("interrupted", e);
        }
        try {
            return use.run();
        } finally {
            turns.release();
        }
    }
}
