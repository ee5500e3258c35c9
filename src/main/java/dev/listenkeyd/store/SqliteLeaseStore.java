package dev.listenkeyd.store;

import dev.listenkeyd.renewal.Failure.Reason;
import dev.listenkeyd.renewal.Lease;
import dev.listenkeyd.renewal.LeaseStore;
import dev.listenkeyd.renewal.Pause;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Leases in SQLite, their secrets encrypted. What a call writes is on disk when it returns. */
public final class SqliteLeaseStore implements LeaseStore {
    // On conflict with itself only: an earlier insert that reported an error may have worked all the same.
    private static final String INSERT = "INSERT INTO lease (" + String.join(", ", LeaseRow.COLUMNS) + ") VALUES ("
            + String.join(", ", Collections.nCopies(LeaseRow.COLUMNS.size(), "?"))
            + ") ON CONFLICT (account) DO UPDATE SET "
            + LeaseRow.COLUMNS.stream()
                    .map(column -> column + " = excluded." + column)
                    .collect(Collectors.joining(", "))
            + " WHERE registered_at = excluded.registered_at AND version <= excluded.version";

    // A late write of an older version, or of a lease that was released and registered anew, changes nothing.
    private static final String REPLACE = "UPDATE lease SET "
            + LeaseRow.COLUMNS.stream().map(column -> column + " = ?").collect(Collectors.joining(", "))
            + " WHERE account = ? AND registered_at = ? AND version < ?";

    private static final String DELETE = "DELETE FROM lease WHERE account = ? AND registered_at = ?";
    private static final String SAVE_PAUSE = "INSERT INTO pause (id, paused_until, reason) VALUES (1, ?, ?)"
            + " ON CONFLICT (id) DO UPDATE SET paused_until = excluded.paused_until, reason = excluded.reason";
    private static final String SELECT_PAUSE = "SELECT paused_until, reason FROM pause";
    private static final String SELECT = "SELECT * FROM lease ORDER BY account";

    private final DataSource dataSource;
    private final GroupCommit commits;
    private final SecretCipher cipher;

    /** @param cipher unlocked before the first lease is read or written */
    public SqliteLeaseStore(DataSource dataSource, SecretCipher cipher) {
        this.dataSource = dataSource;
        this.commits = new GroupCommit(dataSource, GroupCommit.PATIENCE);
        this.cipher = cipher;
    }

    @Override
    public void insert(Lease lease) {
        if (write(INSERT, statement -> LeaseRow.bind(statement, lease, cipher)) == 0) {
            throw new StoreException("the store can't be written: the account has another lease", null);
        }
    }

    @Override
    public void replace(Lease lease) {
        write(REPLACE, statement -> {
            LeaseRow.bind(statement, lease, cipher);
            int condition = LeaseRow.COLUMNS.size();
            statement.setString(condition + 1, lease.account());
            statement.setLong(condition + 2, lease.registration().registeredAt().toEpochMilli());
            statement.setLong(condition + 3, lease.version());
        });
    }

    @Override
    public void delete(Lease lease) {
        write(DELETE, statement -> {
            statement.setString(1, lease.account());
            statement.setLong(2, lease.registration().registeredAt().toEpochMilli());
        });
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
    public void savePause(Pause pause) {
        write(SAVE_PAUSE, statement -> {
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

    /** Returns how many rows were changed. */
    private int write(String sql, GroupCommit.Binding binding) {
        try {
            return commits.write(sql, binding);
        } catch (SQLException e) {
            throw new StoreException("the store can't be written: " + e.getMessage(), e);
        }
    }
}
