package dev.listenkeyd.store;

import dev.listenkeyd.fleet.FleetStore;
import dev.listenkeyd.fleet.FleetStore.Change;
import dev.listenkeyd.fleet.FleetStore.Changes;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads the rows that have changed since an earlier poll. A poll is numbered, and its snapshot says which transactions it has
 * seen; the next one reads the rows of all others, so that none is missed, whatever the order in which transactions end, and a
 * long one beside them makes nothing be read twice.
 */
final class ChangePoll {
    // Each row names the transaction that changed it last. The first condition is there for the index.
    private static final String UNSEEN =
            "changed >= pg_snapshot_xmin(?::pg_snapshot) AND NOT pg_visible_in_snapshot(changed, ?::pg_snapshot)";

    // The columns of a lease come first: its account is NULL when there is none.
    private static final String COLUMNS = "SELECT lease.*, claim.account AS claimed, claim.owner, claim.wanted_by";
    private static final String ALL = COLUMNS + " FROM claim LEFT JOIN lease USING (account)";
    private static final String CHANGED = COLUMNS + " FROM (SELECT account FROM claim WHERE " + UNSEEN
            + " UNION SELECT account FROM lease WHERE " + UNSEEN + ") AS changed JOIN claim USING (account)"
            + " LEFT JOIN lease USING (account)";
    private static final String EVENTS =
            "SELECT * FROM event WHERE member <> ? AND " + UNSEEN + " ORDER BY member, seq";
    private static final String SNAPSHOT = "SELECT pg_current_snapshot()::text";

    private final String member;
    private final LeaseReader leases;
    private @Nullable Poll first;
    private @Nullable Poll before;
    private @Nullable Poll last;

    private record Poll(long number, String snapshot) {}

    private record Result(Poll poll, Changes changes) {}

    ChangePoll(String member, LeaseReader leases) {
        this.member = member;
        this.leases = leases;
    }

    /** As {@link FleetStore#changes}. The polls before the last two are forgotten: since then means since the beginning. */
    synchronized Changes changes(long since, Database database) {
        Poll seen = since == number(last) ? last : since == number(before) ? before : null;
        try {
            Result result = database.read(connection -> read(connection, seen));
            before = seen;
            last = result.poll();
            first = first == null ? last : first;
            return result.changes();
        } catch (SQLException | IllegalArgumentException e) {
            throw new StoreException("changes by other replicas can't be read: " + e.getMessage(), e);
        }
    }

    private static long number(@Nullable Poll poll) {
        return poll == null ? FleetStore.BEGINNING : poll.number();
    }

    private Result read(Connection connection, @Nullable Poll seen) throws SQLException {
        String snapshot = Objects.requireNonNull(Sql.first(connection, SNAPSHOT, row -> row.getString(1)));
        List<Change> changes;
        if (seen == null) {
            changes = Sql.list(connection, ALL, this::change);
        } else {
            String before = seen.snapshot();
            changes = Sql.list(connection, CHANGED, this::change, before, before, before, before);
        }
        Poll told = seen == null ? first : seen;
        List<FeedEvent> events = told == null
                ? List.of()
                : Sql.readable(connection, EVENTS, EventRow::named, member, told.snapshot(), told.snapshot());
        Poll now = new Poll(number(last) + 1, snapshot);
        return new Result(now, new Changes(now.number(), changes, events));
    }

    private Change change(ResultSet row) throws SQLException {
        String owner = row.getString("owner");
        String account = row.getString("claimed");
        return new Change(account, owner.isEmpty() ? null : owner, row.getString("wanted_by"), lease(row, account));
    }

    private @Nullable Lease lease(ResultSet row, String account) throws SQLException {
        if (row.getString("account") == null) {
            leases.absent(account);
            return null;
        }
        return leases.read(row);
    }
}
