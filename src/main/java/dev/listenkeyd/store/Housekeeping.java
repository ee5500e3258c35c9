package dev.listenkeyd.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Removes rows of the fleet that nothing needs any more, a bounded number at a time. Every member does so; a row that another one
 * has locked is left to it.
 */
final class Housekeeping {
    /** Events kept for members that poll late. */
    static final int EVENTS_KEPT = 10_000;

    private static final int ROWS_AT_ONCE = 1000;

    /** A claim outlives its lease, so that versions of the next one go on from there, whatever the members' clocks say. */
    private static final String CLAIMS =
            "DELETE FROM claim WHERE account IN (SELECT account FROM claim WHERE NOT leased"
                    + " AND changed_at < now() - interval '7 days' ORDER BY changed_at LIMIT " + ROWS_AT_ONCE
                    + " FOR UPDATE SKIP LOCKED)";

    private static final String MEMBERS = "DELETE FROM member WHERE id IN (SELECT id FROM member WHERE"
            + " until < now() - interval '1 hour' AND NOT EXISTS (SELECT FROM claim WHERE leased AND owner = member.id)"
            + " LIMIT " + ROWS_AT_ONCE + " FOR UPDATE SKIP LOCKED)";

    private static final String EVENTS = "DELETE FROM event WHERE (member, seq) IN (SELECT member, seq FROM event WHERE"
            + " changed < (SELECT changed FROM event ORDER BY changed DESC LIMIT 1 OFFSET " + (EVENTS_KEPT - 1) + ")"
            + " FOR UPDATE SKIP LOCKED)";

    private static final String APPROVALS =
            "DELETE FROM approval WHERE id IN (SELECT id FROM approval WHERE until < now() - interval '1 minute' LIMIT "
                    + ROWS_AT_ONCE + " FOR UPDATE SKIP LOCKED)";

    private static final String QUOTA =
            "DELETE FROM quota WHERE (counter, \"window\") IN (SELECT counter, \"window\" FROM quota"
                    + " WHERE began < now() - interval '2 days' LIMIT " + ROWS_AT_ONCE + " FOR UPDATE SKIP LOCKED)";

    private Housekeeping() {}

    /** Queues it. A failure is left for the next time: that of other writes is noticed. */
    static void submit(StoreWriter writer) {
        CompletionStage<?> unused = writer.submit(Housekeeping::run);
    }

    static int run(Connection connection) throws SQLException {
        int removed = 0;
        for (String delete : List.of(CLAIMS, MEMBERS, EVENTS, APPROVALS, QUOTA)) {
            removed += Sql.update(connection, delete);
        }
        return removed;
    }
}
