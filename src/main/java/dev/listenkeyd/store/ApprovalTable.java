package dev.listenkeyd.store;

import dev.listenkeyd.approval.ApprovalOutcome;
import dev.listenkeyd.approval.ApprovalOutcome.Ending;
import dev.listenkeyd.approval.ApprovalRequest;
import dev.listenkeyd.approval.ApprovalStore;
import dev.listenkeyd.approval.Approvals.DecisionResult;
import dev.listenkeyd.approval.WaitingCall;
import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * The table {@code approval}: the calls that wait at any member. Its times are those of the database. A call of a member that does
 * not live waits no more, since nobody would carry it out.
 */
final class ApprovalTable implements ApprovalStore {
    private static final String WAITS = "waits(approval)";

    private static final String ADD = "SELECT add_approval(ROW (?, ?, ?, ?, ?, ?, CAST(? AS text[]), ?,"
            + " NULL, NULL, NULL, NULL)::approval, ?, " + MOST_WAITING + ", " + MOST_PER_CLIENT + ")";

    private static final String WAITING = "SELECT * FROM approval WHERE " + WAITS + " ORDER BY asked_at, id";
    private static final String CLIENT = "SELECT client FROM approval WHERE id = ? AND " + WAITS;
    private static final String DECIDE = "UPDATE approval SET approved = ?, rejection = ? WHERE id = ? AND " + WAITS;
    private static final String DECISIONS = "SELECT * FROM approval WHERE id = ANY (?) AND approved IS NOT NULL";
    // Waits for a decision that is being written; none can follow.
    private static final String END = "DELETE FROM approval WHERE id = ANY (?) RETURNING *";
    private static final String REMOVE = "DELETE FROM approval WHERE id = ?";

    private final Database database;
    private final String member;

    ApprovalTable(Database database, String member) {
        this.database = database;
        this.member = member;
    }

    @Override
    public boolean add(WaitingCall call, Duration patience) {
        ApprovalRequest request = call.request();
        return orUnavailable(connection -> Objects.requireNonNull(Sql.first(
                connection,
                ADD,
                row -> row.getBoolean(1),
                call.id(),
                member,
                request.client(),
                request.session(),
                request.tool(),
                request.account(),
                request.arguments(),
                request.reason(),
                patience.toMillis())));
    }

    @Override
    public List<WaitingCall> waiting() {
        return orUnavailable(connection -> Sql.list(connection, WAITING, ApprovalTable::call));
    }

    @Override
    public DecisionResult decide(String id, String by, ApprovalOutcome decision) {
        return orUnavailable(connection -> decide(connection, id, by, decision));
    }

    private static DecisionResult decide(Connection connection, String id, String by, ApprovalOutcome decision)
            throws SQLException {
        String client = Sql.first(connection, CLIENT, row -> row.getString(1), id);
        if (by.equals(client)) {
            return DecisionResult.OWN_CALL;
        }
        boolean approved = decision.ending() == Ending.APPROVED;
        return Sql.update(connection, DECIDE, approved, decision.reason(), id) == 1
                ? DecisionResult.DECIDED
                : DecisionResult.UNKNOWN;
    }

    @Override
    public Map<String, ApprovalOutcome> decisions(Collection<String> ids) {
        return decided(DECISIONS, ids);
    }

    @Override
    public Map<String, ApprovalOutcome> end(Collection<String> ids) {
        return decided(END, ids);
    }

    private Map<String, ApprovalOutcome> decided(String sql, Collection<String> ids) {
        Map<String, ApprovalOutcome> decided = new HashMap<>();
        orUnavailable(connection -> Sql.list(
                connection,
                sql,
                row -> {
                    boolean approved = row.getBoolean("approved");
                    if (!row.wasNull()) {
                        Ending ending = approved ? Ending.APPROVED : Ending.REJECTED;
                        decided.put(row.getString("id"), new ApprovalOutcome(ending, row.getString("rejection")));
                    }
                    return decided;
                },
                ids));
        return decided;
    }

    /** A failure is left to {@link #end}, or to the end of the wait. */
    @Override
    public void remove(String id) {
        CompletionStage<Integer> unused = database.writer().submit(connection -> Sql.update(connection, REMOVE, id));
    }

    @Override
    public boolean isShared() {
        return true;
    }

    private static WaitingCall call(ResultSet row) throws SQLException {
        Array arguments = row.getArray("arguments");
        ApprovalRequest request = new ApprovalRequest(
                row.getString("client"),
                row.getString("session"),
                row.getString("tool"),
                row.getString("account"),
                Set.of((String[]) arguments.getArray()),
                row.getString("reason"));
        return new WaitingCall(row.getString("id"), request, instant(row, "asked_at"), instant(row, "until"));
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getTimestamp(column).toInstant().truncatedTo(ChronoUnit.MILLIS);
    }

    private <T> T orUnavailable(Sql.Query<T> query) {
        try {
            return database.spare(() -> database.each(query));
        } catch (SQLException e) {
            throw new Unavailable("the calls that wait can't be read or decided: " + e.getMessage(), e);
        }
    }
}
