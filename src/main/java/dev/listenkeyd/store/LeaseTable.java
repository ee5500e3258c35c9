package dev.listenkeyd.store;

import dev.listenkeyd.lease.ChangeRecords;
import dev.listenkeyd.lease.Delivery;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseStore;
import dev.listenkeyd.lease.Loss;
import dev.listenkeyd.lease.Pause;
import dev.listenkeyd.secrets.SecretCipher;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The leases and what is written with them, their secrets encrypted: all but the statements that differ between the engines. */
abstract class LeaseTable implements LeaseStore {
    private static final Logger LOG = Logger.getLogger("listenkeyd.store");

    /** In place of a damaged one: after it the first call goes alone, and its answer says how long to wait. */
    private static final Pause OVER = new Pause(Instant.EPOCH, Reason.BANNED);

    private final Database database;
    private final Supplier<SecretCipher> cipher;
    private final DeliveryTable deliveries;
    private final Key pauseKey;

    /** The column and value that tell the row of this process from those of others. */
    record Key(String column, Object value) {}

    /**
     * @param cipher asked for each lease read or written
     * @param pauseKey of the table {@code pause}
     */
    LeaseTable(Database database, Supplier<SecretCipher> cipher, DeliveryTable deliveries, Key pauseKey) {
        this.database = database;
        this.cipher = cipher;
        this.deliveries = deliveries;
        this.pauseKey = pauseKey;
    }

    /** The end of a statement that puts a row: in place of one that the condition names. */
    static String replace(Set<String> columns, String condition) {
        return " ON CONFLICT (account) DO UPDATE SET "
                + columns.stream()
                        .map(column -> column + " = excluded." + column)
                        .collect(Collectors.joining(", "))
                + " WHERE " + condition;
    }

    /** Returns the number of rows written, 0 or 1. */
    abstract int put(Connection connection, Map<String, @Nullable Object> row) throws SQLException;

    /** Returns false when another process owns the account; then nothing is deleted. */
    abstract boolean delete(Connection connection, String account) throws SQLException;

    /** Rows of the table. */
    abstract <T> List<T> live(Connection connection, Sql.Reader<T> reader) throws SQLException;

    @Override
    public CompletionStage<Boolean> put(Lease lease, ChangeRecords records) {
        return write(connection -> {
                    write(connection, lease.account(), records);
                    return put(connection, LeaseRow.columns(lease, cipher.get()));
                })
                .thenApply(rows -> rows > 0);
    }

    @Override
    public CompletionStage<Void> delete(String account, ChangeRecords records) {
        return write(connection -> {
                    write(connection, account, records);
                    return delete(connection, account) ? 1 : 0;
                })
                .thenAccept(owned -> {
                    if (owned == 0) {
                        throw new NotOwnedException(account);
                    }
                });
    }

    @Override
    public CompletionStage<Void> saveRecords(String account, ChangeRecords records) {
        return write(connection -> {
                    write(connection, account, records);
                    return 0;
                })
                .thenAccept(rows -> {});
    }

    private void write(Connection connection, String account, ChangeRecords records) throws SQLException {
        LossTable.write(connection, database.engine(), account, records.losses());
        deliveries.write(connection, records.deliveries());
    }

    @Override
    public CompletionStage<Void> saveFleet(@Nullable Pause pause, List<Delivery> pending) {
        String key = pauseKey.column();
        return write(connection -> {
                    deliveries.write(connection, pending);
                    return pause == null
                            ? 0
                            : Sql.update(
                                    connection,
                                    Sql.upsert("pause", List.of(key), List.of(key, "paused_until", "reason")),
                                    pauseKey.value(),
                                    pause.until(),
                                    pause.reason().name());
                })
                .thenAccept(rows -> {});
    }

    @Override
    public void hurry() {
        database.writer().hurry();
    }

    @Override
    public List<Lease> live() {
        return read("leases", connection -> live(connection, row -> LeaseRow.read(row, cipher.get())));
    }

    @Override
    public List<Loss> losses(String account, long after, int most) {
        return read("losses", connection -> LossTable.page(connection, account, after, most));
    }

    @Override
    public List<Delivery> deliveries() {
        return read("pending deliveries", deliveries::all);
    }

    @Override
    public @Nullable Pause pause() {
        // Column names a damaged row by its account; this one has none.
        List<Pause> pauses = read(
                "pause",
                connection -> Sql.list(
                        connection,
                        "SELECT 'pause' AS account, paused_until, reason FROM pause WHERE " + pauseKey.column()
                                + " = ?",
                        LeaseTable::pause,
                        pauseKey.value()));
        return pauses.isEmpty() ? null : pauses.get(0);
    }

    private static Pause pause(ResultSet row) throws SQLException {
        try {
            return Column.read(
                    row,
                    same -> new Pause(Column.instant(same, "paused_until"), Column.word(same, "reason", Reason.class)));
        } catch (IllegalArgumentException e) {
            LOG.errorf("the stored pause of all calls is damaged and counts as over: %s", e.getMessage());
            return OVER;
        }
    }

    private <T> List<T> read(String what, Sql.Query<List<T>> query) {
        try {
            return database.read(query);
        } catch (SQLException | IllegalArgumentException e) {
            throw new StoreException("the " + what + " can't be read: " + e.getMessage(), e);
        }
    }

    /** Completes with the number of rows changed. */
    private CompletionStage<Integer> write(StoreWriter.Write<Integer> write) {
        return database.writer().submitLingering(write).handle((rows, failure) -> {
            if (failure != null) {
                throw new StoreException("the store can't be written: " + failure.getMessage(), failure);
            }
            return rows;
        });
    }
}
