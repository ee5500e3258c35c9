package dev.listenkeyd.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many threads, one transaction: none returns before its own write is there, and none waits for ever. */
@NullUnmarked
@Timeout(30)
class GroupCommitTest {
    private static final String PAUSE = "INSERT INTO pause (id, paused_until, reason) VALUES (1, 0, 'x')"
            + " ON CONFLICT (id) DO UPDATE SET paused_until = paused_until + ?";
    /** The table has room for one. */
    private static final String SECOND_ROW = "INSERT INTO pause (id, paused_until, reason) VALUES (2, ?, 'x')";

    private static final int OTHERS = 20;

    @TempDir
    private Path path;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicInteger transactions = new AtomicInteger();
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private StoreFolder folder;
    private GroupCommit commits;

    @BeforeEach
    void setUp() throws Exception {
        folder = new StoreFolder(path).migrate();
        DataSource real = folder.connect();
        commits = new GroupCommit(
                (DataSource) Proxy.newProxyInstance(
                        getClass().getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, arguments) -> {
                            transactions.incrementAndGet();
                            return real.getConnection();
                        }),
                GroupCommit.PATIENCE);
        commits.write(PAUSE, statement -> statement.setLong(1, 0));
    }

    @AfterEach
    void cleanUp() {
        threads.shutdownNow();
        folder.close();
    }

    @Test
    void whoComesWhileTheDiskIsBusySharesTheNextTransaction() throws Exception {
        Future<Integer> first = slowWrite();
        List<Future<Integer>> others = addWhileBusy(statement -> statement.setLong(1, 1));
        transactions.set(0);
        goOn.countDown();

        for (Future<Integer> other : others) {
            assertThat(other.get()).as("rows").isEqualTo(1);
        }
        assertThat(first.get()).isEqualTo(1);
        assertThat(transactions).as("transactions of all others").hasValueLessThanOrEqualTo(2);
        assertThat(folder.query("SELECT paused_until FROM pause")).isEqualTo("" + OTHERS);
    }

    @Test
    void whoIsInATransactionThatFailsIsToldAndTheNextOneWorks() throws Exception {
        Future<Integer> first = slowWrite();
        List<Future<Integer>> others = addWhileBusy(statement -> {
            throw new SQLException("told to fail");
        });
        goOn.countDown();

        assertThat(first.get()).isEqualTo(1);
        assertThat(others).allSatisfy(other -> assertThatThrownBy(other::get).hasStackTraceContaining("told to fail"));
        assertThat(commits.write(PAUSE, statement -> statement.setLong(1, 7))).isEqualTo(1);
        assertThat(folder.query("SELECT paused_until FROM pause")).isEqualTo("7");
    }

    /** A row that can't be written must not keep others from the disk, now or each time that it is tried again. */
    @Test
    void whatIsWrongWithOneWriteAloneIsItsOwnFailure() throws Exception {
        Future<Integer> first = slowWrite();
        Future<Integer> broken = threads.submit(() -> commits.write(PAUSE, statement -> {
            throw new IllegalStateException("can't be bound");
        }));
        Future<Integer> refused = threads.submit(() -> commits.write(SECOND_ROW, statement -> statement.setLong(1, 5)));
        List<Future<Integer>> others = addWhileBusy(2, statement -> statement.setLong(1, 1));
        goOn.countDown();

        for (Future<Integer> other : others) {
            assertThat(other.get()).isEqualTo(1);
        }
        assertThat(first.get()).isEqualTo(1);
        assertThatThrownBy(broken::get).hasStackTraceContaining("can't be bound");
        assertThatThrownBy(refused::get).hasStackTraceContaining("SQLITE_CONSTRAINT");
        assertThat(folder.query("SELECT paused_until FROM pause")).isEqualTo("" + OTHERS);
    }

    /** A defect in one write must not leave the others waiting. */
    @Test
    void anErrorInATransactionEndsTheWaitOfAll() throws Exception {
        Future<Integer> first = slowWrite();
        List<Future<Integer>> others = addWhileBusy(statement -> {
            throw new AssertionError("planted");
        });
        goOn.countDown();

        assertThat(first.get()).isEqualTo(1);
        assertThat(others)
                .allSatisfy(other -> assertThatThrownBy(other::get)
                        .hasRootCauseMessage("planted")
                        .cause()
                        .isInstanceOf(SQLException.class));
    }

    /** As on a network's disk that does not answer: renewals must go on from memory. */
    @Test
    void nobodyWaitsForEverForADiskThatHangs() throws Exception {
        commits = new GroupCommit(folder.connect(), Duration.ofMillis(100));
        Future<Integer> first = slowWrite();

        assertThatThrownBy(() -> commits.write(PAUSE, statement -> statement.setLong(1, 1)))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("writes before this one");

        goOn.countDown();
        assertThat(first.get()).isEqualTo(1);
        assertThat(commits.waiting()).as("what was given up").isZero();
        assertThat(commits.write(PAUSE, statement -> statement.setLong(1, 7))).isEqualTo(1);
        assertThat(folder.query("SELECT paused_until FROM pause")).isEqualTo("7");
    }

    /** A write that is under way until it is told to go on. */
    private Future<Integer> slowWrite() throws InterruptedException {
        Future<Integer> slow = threads.submit(() -> commits.write(PAUSE, statement -> {
            statement.setLong(1, 0);
            begun.countDown();
            await(goOn);
        }));
        assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
        return slow;
    }

    private List<Future<Integer>> addWhileBusy(GroupCommit.Binding binding) {
        return addWhileBusy(0, binding);
    }

    /** @param before how many wait already */
    private List<Future<Integer>> addWhileBusy(int before, GroupCommit.Binding binding) {
        List<Future<Integer>> all = new ArrayList<>();
        for (int i = 0; i < OTHERS; i++) {
            all.add(threads.submit(() -> commits.write(PAUSE, binding)));
        }
        while (commits.waiting() < before + OTHERS) {
            Thread.onSpinWait();
        }
        return all;
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
