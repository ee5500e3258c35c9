package dev.listenkeyd.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One thread makes all writes: each is on disk when it ends, and no caller waits. */
@NullUnmarked
@Timeout(30)
class StoreWriterTest {
    private static final String ADD = "INSERT INTO pause (id, paused_until, reason) VALUES (1, ?, 'x')"
            + " ON CONFLICT (id) DO UPDATE SET paused_until = paused_until + excluded.paused_until";
    /** The table has room for one. */
    private static final String SECOND_ROW = "INSERT INTO pause (id, paused_until, reason) VALUES (2, ?, 'x')";

    private static final int OTHERS = 20;

    @TempDir
    private Path path;

    private final AtomicInteger transactions = new AtomicInteger();
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private StoreFolder folder;
    private DataSource counted;
    private StoreWriter writer;

    @BeforeEach
    void setUp() throws Exception {
        folder = new StoreFolder(path).migrate();
        DataSource real = folder.connect();
        counted = (DataSource) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, arguments) -> {
                    transactions.incrementAndGet();
                    return real.getConnection();
                });
        writer = new StoreWriter(counted);
    }

    @AfterEach
    void cleanUp() {
        goOn.countDown();
        folder.close();
    }

    @Test
    void writesThatComeWhileTheDiskIsBusyShareTheNextTransaction() throws Exception {
        CompletableFuture<Integer> first = slowWrite();
        List<CompletableFuture<Integer>> others = addToAll(1);
        transactions.set(0);
        assertThat(others).noneMatch(CompletableFuture::isDone);
        goOn.countDown();

        for (CompletableFuture<Integer> other : others) {
            assertThat(other.get()).as("rows").isEqualTo(1);
        }
        assertThat(first.get()).isZero();
        assertThat(transactions).as("transactions of all others").hasValue(1);
        assertThat(folder.query("SELECT paused_until FROM pause")).isEqualTo("" + OTHERS);
    }

    /** As a call makes them: rows that nobody waits for, and the one that it waits for, with which nothing lingers any more. */
    @Test
    void writesThatLingerShareTheTransactionOfTheFirstThatDoesNot() throws Exception {
        StoreWriter patient = new StoreWriter(counted, Duration.ofHours(1));
        CompletableFuture<Integer> first = patient.submitLingering(connection -> add(connection, ADD, 1));
        CompletableFuture<Integer> second = patient.submitLingering(connection -> add(connection, ADD, 1));

        assertThat(patient.submit(connection -> add(connection, ADD, 1)).get()).isEqualTo(1);

        assertThat(first).isCompletedWithValue(1);
        assertThat(second).isCompletedWithValue(1);
        assertThat(transactions).hasValue(1);
    }

    /** Nothing follows. */
    @Test
    void aWriteThatLingersIsMade() throws Exception {
        assertThat(writer.submitLingering(connection -> add(connection, ADD, 7)).get())
                .isEqualTo(1);
        assertThat(folder.query("SELECT paused_until FROM pause")).isEqualTo("7");
    }

    @Test
    void writesAreMadeInTheOrderInWhichTheyWereAskedFor() throws Exception {
        CompletableFuture<Integer> busy = slowWrite();
        assertThat(busy).isNotDone();
        List<Integer> order = new ArrayList<>();
        List<CompletableFuture<Boolean>> all = IntStream.range(0, 1000)
                .mapToObj(i -> writer.submit(connection -> order.add(i)))
                .toList();
        goOn.countDown();

        for (CompletableFuture<Boolean> write : all) {
            assertThat(write.get()).isTrue();
        }
        assertThat(order)
                .containsExactlyElementsOf(IntStream.range(0, 1000).boxed().toList());
    }

    /** A row that can't be written must not keep others from the disk, now or each time that it is tried again. */
    @Test
    void aWriteThatFailsAloneIsUndoneAloneAndTheOthersAreMade() throws Exception {
        CompletableFuture<Integer> busy = slowWrite();
        assertThat(busy).isNotDone();
        CompletableFuture<Integer> broken = writer.submit(connection -> {
            add(connection, ADD, 1000);
            throw new IllegalStateException("can't be bound");
        });
        CompletableFuture<Integer> refused = writer.submit(connection -> {
            add(connection, ADD, 1000);
            return add(connection, SECOND_ROW, 5);
        });
        List<CompletableFuture<Integer>> others = addToAll(1);
        goOn.countDown();

        for (CompletableFuture<Integer> other : others) {
            assertThat(other.get()).isEqualTo(1);
        }
        assertThatThrownBy(broken::get).hasStackTraceContaining("can't be bound");
        assertThatThrownBy(refused::get).hasStackTraceContaining("SQLITE_CONSTRAINT");
        assertThat(folder.query("SELECT paused_until FROM pause")).isEqualTo("" + OTHERS);
    }

    /** A defect in one write must not leave the others waiting. */
    @Test
    void anErrorInATransactionFailsAllOfItAndTheNextOneWorks() throws Exception {
        CompletableFuture<Integer> busy = slowWrite();
        assertThat(busy).isNotDone();
        List<CompletableFuture<Integer>> others = addToAll(1);
        CompletableFuture<Integer> broken = writer.submit(connection -> {
            throw new AssertionError("planted");
        });
        goOn.countDown();

        assertThatThrownBy(broken::get).hasRootCauseMessage("planted");
        assertThat(others).allSatisfy(other -> assertThatThrownBy(other::get).hasRootCauseMessage("planted"));
        assertThat(writer.submit(connection -> add(connection, ADD, 7)).get()).isEqualTo(1);
        assertThat(folder.query("SELECT paused_until FROM pause")).isEqualTo("7");
    }

    @Test
    void aFailingCommitFailsAllOfItAndTheNextOneWorks() throws Exception {
        CompletableFuture<Integer> busy = slowWrite();
        assertThat(busy).isNotDone();
        List<CompletableFuture<Integer>> others = addToAll(1);
        CompletableFuture<Void> saboteur = writer.submit(connection -> {
            // The savepoint is gone, as after SQLite has rolled back by itself.
            connection.rollback();
            throw new SQLException("told to fail");
        });
        goOn.countDown();

        assertThatThrownBy(saboteur::get).hasStackTraceContaining("told to fail");
        assertThat(others).allSatisfy(other -> assertThatThrownBy(other::get).hasStackTraceContaining("told to fail"));
        assertThat(writer.submit(connection -> add(connection, ADD, 7)).get()).isEqualTo(1);
        assertThat(folder.query("SELECT paused_until FROM pause")).isEqualTo("7");
    }

    @Test
    void moreThanMayWaitFailsAtOnce() throws Exception {
        CompletableFuture<Integer> busy = slowWrite();
        assertThat(busy).isNotDone();
        List<CompletableFuture<Integer>> waiting = IntStream.range(0, StoreWriter.MOST_WAITING)
                .mapToObj(i -> writer.submit(connection -> i))
                .toList();
        assertThat(waiting).noneMatch(CompletableFuture::isDone);

        CompletableFuture<Integer> oneMore = writer.submit(connection -> 1);

        assertThat(oneMore).isCompletedExceptionally();
    }

    /** A write that is under way until it is told to go on, as on a disk that hangs. */
    private CompletableFuture<Integer> slowWrite() throws InterruptedException {
        CompletableFuture<Integer> slow = writer.submit(connection -> {
            begun.countDown();
            await(goOn);
            return 0;
        });
        assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
        return slow;
    }

    private List<CompletableFuture<Integer>> addToAll(int amount) {
        return IntStream.range(0, OTHERS)
                .mapToObj(i -> writer.submit(connection -> add(connection, ADD, amount)))
                .toList();
    }

    private static int add(Connection connection, String sql, int amount) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, amount);
            return statement.executeUpdate();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
