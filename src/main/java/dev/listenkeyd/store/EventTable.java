package dev.listenkeyd.store;

import static dev.listenkeyd.store.Sql.instant;
import static dev.listenkeyd.store.Sql.instantOrNull;

import dev.listenkeyd.lease.EventStore;
import dev.listenkeyd.lease.EventType;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.FeedEvent.LeaseFacts;
import dev.listenkeyd.lease.FeedEvent.LossFacts;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.lease.LossCause;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletionStage;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The table {@code event}. */
final class EventTable implements EventStore {
    private static final String ADD = insertInto("INSERT OR REPLACE INTO event");
    private static final String PRUNE =
            "DELETE FROM event WHERE seq <= (SELECT seq FROM event ORDER BY seq DESC LIMIT 1 OFFSET ?)";
    private static final String NEWEST = "SELECT * FROM (SELECT * FROM event ORDER BY seq DESC LIMIT ?) ORDER BY seq";

    private final DataSource dataSource;
    private final StoreWriter writer;

    EventTable(DataSource dataSource, StoreWriter writer) {
        this.dataSource = dataSource;
        this.writer = writer;
    }

    @Override
    public CompletionStage<Void> append(List<FeedEvent> events, int kept) {
        return writer.submit(connection -> {
                    for (FeedEvent event : events) {
                        Sql.update(connection, ADD, values(event));
                    }
                    return Sql.update(connection, PRUNE, kept);
                })
                .handle((rows, failure) -> {
                    if (failure != null) {
                        throw new StoreException("events can't be written: " + failure.getMessage(), failure);
                    }
                    return null;
                });
    }

    /** The statement for {@link #values}, also of other tables with events. */
    static String insertInto(String insert, String... more) {
        List<String> columns = new ArrayList<>(List.of(
                "seq",
                "at",
                "type",
                "account",
                "revision",
                "status",
                "generation",
                "fingerprint",
                "expires_at",
                "cause",
                "reconcile_from",
                "reconcile_to"));
        columns.addAll(List.of(more));
        return insert + " (" + String.join(", ", columns) + ") VALUES ("
                + String.join(", ", Collections.nCopies(columns.size(), "?")) + ")";
    }

    /** @param more values of the further columns */
    static @Nullable Object[] values(FeedEvent event, String... more) {
        LeaseFacts lease = event.lease();
        LossFacts loss = lease == null ? null : lease.loss();
        List<@Nullable Object> values = new ArrayList<>(Arrays.asList(
                event.seq(),
                event.at(),
                event.type().name(),
                lease == null ? null : lease.account(),
                lease == null ? null : lease.revision(),
                lease == null ? null : lease.status(),
                lease == null ? null : lease.generation(),
                lease == null ? null : lease.fingerprint(),
                lease == null ? null : lease.expiresAt(),
                loss == null ? null : loss.cause().name(),
                loss == null ? null : loss.from(),
                loss == null ? null : loss.to()));
        values.addAll(List.of(more));
        return values.toArray();
    }

    @Override
    public List<FeedEvent> newest(int most) {
        try (Connection connection = dataSource.getConnection()) {
            return Sql.list(connection, NEWEST, EventTable::read, most);
        } catch (SQLException | IllegalArgumentException e) {
            throw new StoreException("the events can't be read: " + e.getMessage(), e);
        }
    }

    static FeedEvent read(ResultSet row) throws SQLException {
        return FeedEvent.numbered(
                row.getLong("seq"), instant(row, "at"), EventType.valueOf(row.getString("type")), lease(row));
    }

    private static @Nullable LeaseFacts lease(ResultSet row) throws SQLException {
        String account = row.getString("account");
        String cause = row.getString("cause");
        return account == null
                ? null
                : new LeaseFacts(
                        account,
                        row.getLong("revision"),
                        row.getString("status"),
                        row.getInt("generation"),
                        row.getString("fingerprint"),
                        instantOrNull(row, "expires_at"),
                        cause == null
                                ? null
                                : new LossFacts(
                                        LossCause.valueOf(cause),
                                        instant(row, "reconcile_from"),
                                        instantOrNull(row, "reconcile_to")));
    }
}
