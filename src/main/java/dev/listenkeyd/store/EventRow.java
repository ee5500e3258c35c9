package dev.listenkeyd.store;

import static dev.listenkeyd.store.Column.count;
import static dev.listenkeyd.store.Column.instant;
import static dev.listenkeyd.store.Column.instantOrNull;
import static dev.listenkeyd.store.Column.number;
import static dev.listenkeyd.store.Column.text;
import static dev.listenkeyd.store.Column.word;

import dev.listenkeyd.lease.EventType;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.FeedEvent.LeaseFacts;
import dev.listenkeyd.lease.FeedEvent.LossFacts;
import dev.listenkeyd.lease.LossCause;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** An event as the columns of the tables {@code event} and {@code delivery} that both have, both ways. */
final class EventRow {
    private static final List<String> COLUMNS = List.of(
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
            "reconcile_to");

    private EventRow() {}

    /** The columns of {@link #values}. */
    static List<String> columns(String... more) {
        return Stream.concat(COLUMNS.stream(), Stream.of(more)).toList();
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

    /** An event whose number is its id. */
    static FeedEvent numbered(ResultSet row) throws SQLException {
        return FeedEvent.numbered(
                number(row, "seq"), instant(row, "at"), word(row, "type", EventType.class), lease(row));
    }

    /** An event with its id in a column. */
    static FeedEvent named(ResultSet row) throws SQLException {
        FeedEvent event = numbered(row);
        return new FeedEvent(text(row, "id"), event.seq(), event.at(), event.type(), event.lease());
    }

    private static @Nullable LeaseFacts lease(ResultSet row) throws SQLException {
        String account = row.getString("account");
        return account == null
                ? null
                : new LeaseFacts(
                        account,
                        number(row, "revision"),
                        text(row, "status"),
                        count(row, "generation"),
                        row.getString("fingerprint"),
                        instantOrNull(row, "expires_at"),
                        row.getString("cause") == null
                                ? null
                                : new LossFacts(
                                        word(row, "cause", LossCause.class),
                                        instant(row, "reconcile_from"),
                                        instantOrNull(row, "reconcile_to")));
    }
}
