package dev.listenkeyd.store;

import dev.listenkeyd.lease.EventStore;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The table {@code event}. In PostgreSQL each member numbers its own events. */
final class EventTable implements EventStore {
    private static final String ADD = Sql.upsert("event", List.of("seq"), EventRow.columns());
    private static final String ADD_OF_MEMBER =
            Sql.upsert("event", List.of("member", "seq"), EventRow.columns("id", "member"));
    private static final String PRUNE = "DELETE FROM event WHERE seq <= ?";
    private static final String NEWEST = "SELECT * FROM (SELECT * FROM event ORDER BY seq DESC LIMIT ?) ORDER BY seq";

    private final Database database;
    private final @Nullable String member;

    /** @param member id of the one that tells the events; null in a store that no other process tells events in */
    EventTable(Database database, @Nullable String member) {
        this.database = database;
        this.member = member;
    }

    @Override
    public CompletionStage<Void> append(List<FeedEvent> events, long forgotten) {
        return database.writer()
                .submitLingering(connection -> {
                    for (FeedEvent event : events) {
                        if (member == null) {
                            Sql.update(connection, ADD, EventRow.values(event));
                        } else {
                            Sql.update(connection, ADD_OF_MEMBER, EventRow.values(event, event.id(), member));
                        }
                    }
                    // The members' rows are pruned by Housekeeping: they count together.
                    return member == null ? Sql.update(connection, PRUNE, forgotten) : 0;
                })
                .handle((rows, failure) -> {
                    if (failure != null) {
                        throw new StoreException("events can't be written: " + failure.getMessage(), failure);
                    }
                    return null;
                });
    }

    /** Nothing of a fleet: after a restart subscribers begin with the state. */
    @Override
    public List<FeedEvent> newest(int most) {
        if (member != null) {
            return List.of();
        }
        try {
            return database.read(connection -> Sql.readable(connection, NEWEST, EventRow::numbered, most));
        } catch (SQLException | IllegalArgumentException e) {
            throw new StoreException("the events can't be read: " + e.getMessage(), e);
        }
    }
}
