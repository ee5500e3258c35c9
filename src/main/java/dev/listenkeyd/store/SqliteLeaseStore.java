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
import java.sql.SQLException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Leases in SQLite, their secrets encrypted. */
final class SqliteLeaseStore implements LeaseStore {
    private static final String SELECT = "SELECT * FROM lease ORDER BY account";
    private static final String DELETE = "DELETE FROM lease WHERE account = ?";
    private static final String SELECT_PAUSE = "SELECT paused_until, reason FROM pause";
    private static final String SAVE_PAUSE = "INSERT OR REPLACE INTO pause (id, paused_until, reason) VALUES (1, ?, ?)";

    private final DataSource dataSource;
    private final StoreWriter writer;
    private final Supplier<SecretCipher> cipher;

    /** @param cipher asked for each lease read or written */
    SqliteLeaseStore(DataSource dataSource, StoreWriter writer, Supplier<SecretCipher> cipher) {
        this.dataSource = dataSource;
        this.writer = writer;
        this.cipher = cipher;
    }

    @Override
    public CompletionStage<Boolean> put(Lease lease, ChangeRecords records) {
        return write(connection -> {
                    write(connection, lease.account(), records);
                    Map<String, @Nullable Object> row = LeaseRow.columns(lease, cipher.get());
                    return Sql.update(
                            connection, putSql(row.keySet()), row.values().toArray());
                })
                .thenApply(rows -> rows > 0);
    }

    /** Replaces an older version of the same registration, and any version of another registration, which has ended. */
    private static String putSql(Set<String> columns) {
        return "INSERT INTO lease (" + String.join(", ", columns) + ") VALUES ("
                + String.join(", ", Collections.nCopies(columns.size(), "?"))
                + ") ON CONFLICT (account) DO UPDATE SET "
                + columns.stream()
                        .map(column -> column + " = excluded." + column)
                        .collect(Collectors.joining(", "))
                + " WHERE registered_at <> excluded.registered_at OR version <= excluded.version";
    }

    @Override
    public CompletionStage<Void> delete(String account, ChangeRecords records) {
        return write(connection -> {
                    write(connection, account, records);
                    return Sql.update(connection, DELETE, account);
                })
                .thenAccept(rows -> {});
    }

    private static void write(Connection connection, String account, ChangeRecords records) throws SQLException {
        LossTable.write(connection, account, records.losses());
        DeliveryTable.write(connection, records.deliveries());
    }

    @Override
    public CompletionStage<Void> saveFleet(@Nullable Pause pause, List<Delivery> deliveries) {
        return write(connection -> {
                    DeliveryTable.write(connection, deliveries);
                    return pause == null
                            ? 0
                            : Sql.update(
                                    connection,
                                    SAVE_PAUSE,
                                    pause.until(),
                                    pause.reason().name());
                })
                .thenAccept(rows -> {});
    }

    @Override
    public List<Lease> live() {
        return read("leases", connection -> Sql.list(connection, SELECT, row -> LeaseRow.read(row, cipher.get())));
    }

    @Override
    public List<Loss> losses(String account, long after, int most) {
        return read("losses", connection -> LossTable.page(connection, account, after, most));
    }

    @Override
    public List<Delivery> deliveries() {
        return read("pending deliveries", DeliveryTable::all);
    }

    @Override
    public @Nullable Pause pause() {
        List<Pause> pauses = read(
                "pause",
                connection -> Sql.list(
                        connection,
                        SELECT_PAUSE,
                        row -> new Pause(Sql.instant(row, "paused_until"), Reason.valueOf(row.getString("reason")))));
        return pauses.isEmpty() ? null : pauses.get(0);
    }

    private <T> List<T> read(String what, Sql.Query<List<T>> query) {
        try (Connection connection = dataSource.getConnection()) {
            return query.run(connection);
        } catch (SQLException | IllegalArgumentException e) {
            throw new StoreException("the " + what + " can't be read: " + e.getMessage(), e);
        }
    }

    /** Completes with the number of rows changed. */
    private CompletionStage<Integer> write(StoreWriter.Write<Integer> write) {
        return writer.submit(write).handle((rows, failure) -> {
            if (failure != null) {
                throw new StoreException("the store can't be written: " + failure.getMessage(), failure);
            }
            return rows;
        });
    }
}
