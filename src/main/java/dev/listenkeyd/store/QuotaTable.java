package dev.listenkeyd.store;

import dev.listenkeyd.policy.Limit;
import dev.listenkeyd.policy.SharedCounters;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The table {@code quota}. Agents may call as fast as they can, so all of them share one connection. */
final class QuotaTable implements SharedCounters {
    private static final String TAKE =
            "SELECT extract(epoch FROM at) AS at, used_up FROM take_quota(?, ?, CAST(? AS integer[]))";

    private static final String GIVE_BACK = "UPDATE quota SET used = used - 1 WHERE counter = ? AND \"window\" = ?"
            + " AND began = date_trunc(\"window\", to_timestamp(?), 'UTC') AND used > 0";

    private final Database database;
    private final Turns turn = new Turns(1);

    QuotaTable(Database database) {
        this.database = database;
    }

    @Override
    public Taken take(List<Limit> limits) {
        return orUnavailable(connection -> Objects.requireNonNull(Sql.first(
                connection,
                TAKE,
                row -> taken(limits, row),
                limits.stream().map(Limit::counter).toList(),
                limits.stream().map(QuotaTable::window).toList(),
                limits.stream().map(limit -> String.valueOf(limit.max())).toList())));
    }

    private static Taken taken(List<Limit> limits, ResultSet row) throws SQLException {
        long millis = row.getBigDecimal("at").movePointRight(3).longValue();
        List<Limit> usedUp = new ArrayList<>();
        if (row.getArray("used_up") != null) {
            for (Integer number : (Integer[]) row.getArray("used_up").getArray()) {
                usedUp.add(limits.get(number - 1));
            }
        }
        return new Taken(limits, Instant.ofEpochMilli(millis), usedUp);
    }

    @Override
    public void giveBack(Taken taken) {
        orUnavailable(connection -> {
            double at = taken.at().truncatedTo(ChronoUnit.SECONDS).getEpochSecond();
            int changed = 0;
            for (List<String> key : taken.limits().stream()
                    .map(limit -> List.of(limit.counter(), window(limit)))
                    .distinct()
                    .toList()) {
                changed += Sql.update(connection, GIVE_BACK, key.get(0), key.get(1), at);
            }
            return changed;
        });
    }

    private static String window(Limit limit) {
        return limit.window().word();
    }

    private <T> T orUnavailable(Sql.Query<T> query) {
        try {
            return turn.take(() -> database.spare(() -> database.each(query)));
        } catch (SQLException e) {
            throw new Unavailable("limits can't be counted: " + e.getMessage(), e);
        }
    }
}
