package dev.listenkeyd.store;

import dev.listenkeyd.fleet.FleetStore;
import dev.listenkeyd.fleet.Member;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.secrets.SecretCipher;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The members and their claims in PostgreSQL, as one member sees them. Each call is a transaction on a connection of its own, but
 * for {@link #give}, which takes its turn behind the writes of the leases that it gives away.
 */
final class PostgresFleetStore implements FleetStore {
    /** Accounts that one transaction takes over or gives away, so that none lasts for seconds. */
    static final int MOST_AT_ONCE = 2000;

    /** Calls of {@link #beat} from one tidying up to the next. */
    private static final int BEATS_BETWEEN_PRUNINGS = 60;

    // The expressions of the update see the row as it is once its lock is there: a takeover that held it comes first.
    private static final String BEAT = "INSERT INTO member (id, replica, until, lapses, leases, weight)"
            + " VALUES (?, ?, clock_timestamp() + ? * interval '1 millisecond', ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
            + " until = clock_timestamp() + ? * interval '1 millisecond',"
            + " lapses = member.lapses + (member.until <= clock_timestamp())::integer,"
            + " leases = excluded.leases, weight = excluded.weight RETURNING lapses";

    private static final String MEMBERS =
            "SELECT id, replica, started_at, until, leases, weight FROM member WHERE until > now() ORDER BY started_at, id";

    /** The last one of each name that no live member has. */
    private static final String GONE =
            "SELECT DISTINCT ON (replica) id, replica, started_at, until, leases, weight FROM member AS dead"
                    + " WHERE until > now() - interval '1 hour'"
                    + " AND NOT EXISTS (SELECT FROM member WHERE replica = dead.replica AND until > now())"
                    + " ORDER BY replica, until DESC";

    private static final String LEAVE = "DELETE FROM member WHERE id = ?";

    private final Database database;
    private final Identity identity;
    private final LeaseReader reader;
    private final ClaimTable claims;
    private final ChangePoll poll;
    private final Object beating = new Object();
    private boolean joined;
    private int lapses;
    private int beats;

    PostgresFleetStore(Database database, Supplier<SecretCipher> cipher, Identity identity) {
        this.database = database;
        this.identity = identity;
        this.reader = new LeaseReader(cipher);
        this.claims = new ClaimTable(identity.id(), reader);
        this.poll = new ChangePoll(identity.id(), reader);
    }

    @Override
    public String id() {
        return identity.id();
    }

    @Override
    public Beat beat(int leases, int weight) {
        synchronized (beating) {
            Beat beat =
                    call("prolong its membership", () -> database.each(connection -> beat(connection, leases, weight)));
            if (beats++ % BEATS_BETWEEN_PRUNINGS == 0) {
                Housekeeping.submit(database.writer());
            }
            return beat;
        }
    }

    private Beat beat(Connection connection, int leases, int weight) throws SQLException {
        long ttl = identity.ttl().toMillis();
        // The row is gone when the membership ended long ago.
        int missed = lapses + (joined ? 1 : 0);
        Integer now = Objects.requireNonNull(Sql.first(
                connection,
                BEAT,
                row -> row.getInt(1),
                identity.id(),
                identity.replica(),
                ttl,
                missed,
                leases,
                weight,
                ttl));
        boolean lapsed = now > lapses;
        List<Member> members = Sql.list(connection, MEMBERS, this::member);
        List<Member> gone = Sql.list(connection, GONE, this::member);
        Integer unowned = Sql.first(connection, ClaimTable.UNOWNED, row -> row.getInt(1));
        joined = true;
        lapses = now;
        return new Beat(members, gone, lapsed, unowned == null ? 0 : unowned);
    }

    private Member member(ResultSet row) throws SQLException {
        return new Member(
                row.getString("id"),
                row.getString("replica"),
                row.getTimestamp("started_at").toInstant(),
                row.getTimestamp("until").toInstant().minus(identity.ttl()),
                row.getInt("leases"),
                row.getInt("weight"));
    }

    @Override
    public List<Claimed> takeOver(int most) {
        int some = Math.min(most, MOST_AT_ONCE);
        return call("take over leases", () -> database.transact(connection -> claims.takeOver(connection, some)));
    }

    @Override
    public @Nullable Claimed claim(String account, boolean create) {
        List<Claimed> claimed = call(
                "claim an account",
                () -> database.transact(connection -> {
                    Claimed one = claims.claim(connection, account, create);
                    return one == null ? List.of() : List.of(one);
                }));
        return claimed.isEmpty() ? null : claimed.get(0);
    }

    @Override
    public List<Claimed> owned(Collection<String> accounts) {
        List<Claimed> owned =
                call("read its claims", () -> database.read(connection -> claims.owned(connection, accounts)));
        give(null, reader.unreadable(accounts));
        return owned;
    }

    @Override
    public Set<String> give(@Nullable String to, Collection<String> accounts) {
        String owner = to == null ? "" : to;
        List<String> all = List.copyOf(accounts);
        // The next beat must not be late, however many writes wait.
        Duration patience = identity.ttl().dividedBy(5);
        return call("give claims away", () -> {
            Set<String> given = new HashSet<>();
            for (int from = 0; from < all.size(); from += MOST_AT_ONCE) {
                List<String> some = all.subList(from, Math.min(all.size(), from + MOST_AT_ONCE));
                given.addAll(database.writer().write(connection -> claims.give(connection, owner, some), patience));
            }
            return given;
        });
    }

    @Override
    public Changes changes(long since) {
        return poll.changes(since, database);
    }

    @Override
    public Map<String, String> unreadable() {
        return reader.unreadable();
    }

    /** Without their owner's row its claims are free. */
    @Override
    public void leave() {
        call("leave", () -> database.each(connection -> Sql.update(connection, LEAVE, identity.id())));
    }

    /** A call of the database. */
    private interface Call<T> {
        T run() throws SQLException;
    }

    private static <T> T call(String what, Call<T> call) {
        try {
            return call.run();
        } catch (SQLException | IllegalArgumentException e) {
            throw new StoreException("this replica can't " + what + ": " + e.getMessage(), e);
        }
    }
}
