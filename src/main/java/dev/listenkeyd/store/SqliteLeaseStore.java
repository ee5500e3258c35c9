package dev.listenkeyd.store;

import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseStore;
import dev.listenkeyd.lease.Pause;
import dev.listenkeyd.secrets.SecretCipher;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Leases in SQLite, their secrets encrypted. */
public final class SqliteLeaseStore implements LeaseStore {
    // An older version of the same registration changes nothing; a row of another registration is one of the past.
    private static final String PUT = "INSERT INTO lease (" + String.join(", ", LeaseRow.COLUMNS) + ") VALUES ("
            + String.join(", ", Collections.nCopies(LeaseRow.COLUMNS.size(), "?"))
            + ") ON CONFLICT (account) DO UPDATE SET "
            + LeaseRow.COLUMNS.stream()
                    .map(column -> column + " = excluded." + column)
                    .collect(Collectors.joining(", "))
            + " WHERE registered_at <> excluded.registered_at OR version <= excluded.version";

    private static final String DELETE = "DELETE FROM lease WHERE account = ?";
    private static final String SAVE_PAUSE = "INSERT INTO pause (id, paused_until, reason) VALUES (1, ?, ?)"
            + " ON CONFLICT (id) DO UPDATE SET paused_until = excluded.paused_until, reason = excluded.reason";
    private static final String SELECT_PAUSE = "SELECT paused_until, reason FROM pause";
    private static final String SELECT = "SELECT * FROM lease ORDER BY account";

    private final DataSource dataSource;
    private final StoreWriter writer;
    private final SecretCipher cipher;

    /**
     * @param dataSource to read from
     * @param cipher unlocked before the first lease is read or written
     */
    public SqliteLeaseStore(DataSource dataSource, StoreWriter writer, SecretCipher cipher) {
        this.dataSource = dataSource;
        this.writer = writer;
        this.cipher = cipher;
    }

    @Override
    public CompletionStage<Void> put(Lease lease) {
        return write(PUT, statement -> LeaseRow.bind(statement, lease, cipher));
    }

    @Override
    public CompletionStage<Void> delete(String account) {
        return write(DELETE, statement -> statement.setString(1, account));
    }

    @Override
    public List<Lease> live() {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(SELECT);
                ResultSet rows = statement.executeQuery()) {
            List<Lease> leases = new ArrayList<>();
            while (rows.next()) {
                leases.add(LeaseRow.read(rows, cipher));
            }
            return leases;
        } catch (SQLException | IllegalArgumentException e) {
            throw new StoreException("the leases can't be read: " + e.getMessage(), e);
        }
    }

    @Override
    public CompletionStage<Void> savePause(Pause pause) {
        return write(SAVE_PAUSE, statement -> {
            statement.setLong(1, pause.until().toEpochMilli());
            statement.setString(2, pause.reason().name());
        });
    }

    @Override
    public @Nullable Pause pause() {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(SELECT_PAUSE);
                ResultSet row = statement.executeQuery()) {
            return row.next()
                    ? new Pause(Instant.ofEpochMilli(row.getLong(1)), Reason.valueOf(row.getString(2)))
                    : null;
        } catch (SQLException | IllegalArgumentException e) {
            throw new StoreException("the pause can't be read: " + e.getMessage(), e);
        }
    }

    /** Sets the parameters of a statement. */
    private interface Binding {
        void bind(PreparedStatement statement) throws SQLException;
    }

    private CompletionStage<Void> write(String sql, Binding binding) {
        return writer.submit(connection -> {
                    try (PreparedStatement statement = connection.prepareStatement(sql)) {
                        binding.bind(statement);
                        return statement.executeUpdate();
                    }
                })
                .handle((rows, failure) -> {
                    if (failure != null) {
                        throw new StoreException("the store can't be written: " + failure.getMessage(), failure);
                    }
                    return null;
                });
    }
}
