package dev.listenkeyd.audit;

import dev.listenkeyd.store.StoreFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;

/** An audit on a real file, with a clock that moves when told and a writer that writes when told. */
final class AuditBench implements InstantSource, LongSupplier, Executor, AutoCloseable {
    static final Instant START = Instant.parse("2026-11-22T00:00:00Z");
    static final Retention LONG = new Retention(Duration.ofDays(90), 100_000);

    final StoreFolder folder;
    final List<AuditEvent> events = new ArrayList<>();
    final Deque<Runnable> tasks = new ArrayDeque<>();
    final Retention retention;
    Instant now = START;
    private long nanos = -7_000_000_000L;
    boolean rejecting;
    FlakyStore store;
    AuditLog log;

    AuditBench(Path folder) throws IOException, SQLException {
        this(folder, LONG);
    }

    AuditBench(Path path, Retention retention) throws IOException, SQLException {
        this.folder = new StoreFolder(path).migrate();
        this.retention = retention;
        this.store = new FlakyStore(folder.auditStore());
        this.log = newLog();
        open();
    }

    /** The audit of the next process. */
    AuditLog restart() throws SQLException {
        events.clear();
        tasks.clear();
        store = new FlakyStore(folder.auditStore());
        log = newLog();
        open();
        return log;
    }

    private void open() {
        log.open();
        write();
        store.appends = 0;
    }

    private AuditLog newLog() {
        return new AuditLog(store, retention, this, this, this, events::add);
    }

    CompletionStage<Void> record(int number) {
        return log.record("bot", Action.REVEAL, "desk-" + number, "revealed");
    }

    /** Records and writes some, a second after each other. */
    AuditBench fill(int rows) {
        for (int i = 1; i <= rows; i++) {
            record(i);
            write();
            advance(Duration.ofSeconds(1));
        }
        return this;
    }

    /** Lets the writer do all that it was asked to. */
    void write() {
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
    }

    /** Behind our back, as somebody who has got rid of the triggers. */
    void tamper(String sql) throws SQLException {
        folder.execute("DROP TRIGGER IF EXISTS audit_is_not_changed");
        folder.execute("DROP TRIGGER IF EXISTS audit_is_only_pruned");
        folder.execute(sql);
    }

    List<AuditRow> rows() {
        return store.page(0, 1_000_000).rows();
    }

    List<Long> seqs() {
        return rows().stream().map(AuditRow::seq).toList();
    }

    void advance(Duration by) {
        now = now.plus(by);
        nanos += by.toNanos();
    }

    @Override
    public Instant instant() {
        return now;
    }

    @Override
    public long getAsLong() {
        return nanos;
    }

    @Override
    public void execute(Runnable task) {
        if (rejecting) {
            throw new RejectedExecutionException("told to reject");
        }
        tasks.add(task);
    }

    @Override
    public void close() {
        folder.close();
    }

    /** Fails when told, before or after the write was made; counts transactions. */
    static final class FlakyStore implements AuditStore {
        private final AuditStore real;
        boolean down;
        boolean failsAfterwards;
        int appends;

        FlakyStore(AuditStore real) {
            this.real = real;
        }

        @Override
        public Chain chain() {
            check();
            return real.chain();
        }

        @Override
        public Page page(long after, int most) {
            check();
            return real.page(after, most);
        }

        @Override
        public boolean append(List<AuditRow> rows, Retention.Bounds bounds) {
            check();
            appends++;
            boolean more = real.append(rows, bounds);
            if (failsAfterwards) {
                failsAfterwards = false;
                throw new Unavailable("told to fail after the write", null);
            }
            return more;
        }

        private void check() {
            if (down) {
                throw new Unavailable("told to fail", null);
            }
        }
    }
}
