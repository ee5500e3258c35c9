package dev.listenkeyd.store;

import dev.listenkeyd.fleet.FleetStore.Claimed;
import dev.listenkeyd.lease.Delivery;
import dev.listenkeyd.lease.Lease;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The table {@code claim} with the rows of other tables that move with a claim: the lease, by a greater version, and pending
 * deliveries. Each method belongs to a transaction of its caller. Rows are locked claim first; rows that another process has
 * locked are left out where several are locked, so that no two processes wait for each other.
 */
final class ClaimTable {
    /** Added to the version of a lease with each other owner: a second's worth, more than its changes in a second. */
    static final long VERSIONS_SKIPPED = 1_000_000;

    /** Deliveries without a lease that one call takes over. */
    private static final int DELIVERIES_AT_ONCE = 1000;

    /**
     * Those of the ids that belong to no live member. The members' rows stay locked, so that none of them prolongs its membership
     * before the transaction has ended; one that does so just now counts as alive.
     */
    private static final String DEAD = "WITH RECURSIVE %s, ended AS MATERIALIZED"
            + " (SELECT id FROM member WHERE until <= now() FOR SHARE SKIP LOCKED)"
            + " SELECT owner FROM owners WHERE owner IN (SELECT id FROM ended)"
            + " OR owner IS NOT NULL AND NOT EXISTS (SELECT FROM member WHERE id = owner)";

    private static final String DEAD_OWNERS = DEAD.formatted(owners("claim", "leased"));
    private static final String DEAD_SENDERS = DEAD.formatted(owners("delivery", "true"));
    private static final String DEAD_AMONG = DEAD.formatted("owners AS (SELECT unnest(?) AS owner)");

    static final String UNOWNED =
            "WITH RECURSIVE " + owners("claim", "leased") + " SELECT coalesce(sum(unowned.leases), 0)"
                    + " FROM owners CROSS JOIN LATERAL (SELECT count(*) AS leases FROM claim"
                    + " WHERE leased AND claim.owner = owners.owner) AS unowned"
                    + " WHERE NOT EXISTS (SELECT FROM member WHERE id = owners.owner AND until > now())";

    private static final String NEAREST_FIRST = " ORDER BY CASE WHEN lease.state IN ('ACTIVE', 'RETRYING')"
            + " THEN lease.expires_at END NULLS LAST, lease.next_attempt_at NULLS LAST, lease.account";

    private static final String TAKE_OVER =
            "WITH picked AS MATERIALIZED (SELECT claim.account FROM claim JOIN lease USING"
                    + " (account) WHERE claim.leased AND claim.owner = ANY (?) AND claim.account <> ALL (?)"
                    + NEAREST_FIRST
                    + " LIMIT ? FOR UPDATE OF claim SKIP LOCKED) UPDATE claim SET owner = ?, wanted_by = nullif(wanted_by, ?)"
                    + " FROM picked WHERE claim.account = picked.account RETURNING claim.account, claim.ended_version";

    private static final String CREATE =
            "INSERT INTO claim (account, owner) VALUES (?, ?) ON CONFLICT (account) DO NOTHING";
    private static final String LOCK = "SELECT account, owner, ended_version FROM claim WHERE account = ? FOR UPDATE";
    private static final String ASK = "UPDATE claim SET wanted_by = ? WHERE account = ?";
    private static final String CLAIM =
            "UPDATE claim SET owner = ?, wanted_by = nullif(wanted_by, ?) WHERE account = ?";
    private static final String TOUCH = "UPDATE claim SET owner = owner WHERE account = ? AND NOT leased";
    private static final String OWNED =
            "SELECT account, ended_version FROM claim WHERE owner = ? AND account = ANY (?)";
    private static final String FOREIGN = "SELECT account FROM unnest(?) AS given (account) WHERE NOT EXISTS"
            + " (SELECT FROM claim WHERE claim.account = given.account AND owner = ?)";

    private static final String GIVE = "UPDATE claim SET owner = ?, wanted_by = nullif(wanted_by, ?)"
            + " WHERE owner = ? AND account = ANY (?) AND (? = '' OR EXISTS"
            + " (SELECT FROM member WHERE id = ? AND until > now())) RETURNING account";

    /** A version that is out of range is damaged, and would stop the statement. */
    private static final String SKIP_VERSIONS = "UPDATE lease SET version = version + " + VERSIONS_SKIPPED
            + " WHERE account = ANY (?) AND version <= " + Column.MOST;

    private static final String LEASES = "SELECT * FROM lease WHERE account = ANY (?)";
    private static final String GIVE_DELIVERIES = "UPDATE delivery SET owner = ? WHERE owner = ? AND account = ANY (?)";
    private static final String TAKE_DELIVERIES = "UPDATE delivery SET owner = ? WHERE (id, webhook) IN"
            + " (SELECT id, webhook FROM delivery WHERE owner = ANY (?) AND account = ANY (?) FOR UPDATE SKIP LOCKED)";
    private static final String DELIVERIES =
            "SELECT * FROM delivery WHERE owner = ? AND account = ANY (?) ORDER BY seq, id";
    private static final String TAKE_LEFT_DELIVERIES = "UPDATE delivery SET owner = ? WHERE (id, webhook) IN"
            + " (SELECT id, webhook FROM delivery WHERE owner = ANY (?) AND NOT EXISTS (SELECT FROM claim WHERE"
            + " claim.account = delivery.account AND claim.owner = delivery.owner AND claim.leased)"
            + " ORDER BY seq LIMIT ? FOR UPDATE OF delivery SKIP LOCKED) RETURNING *";

    private final String member;
    private final LeaseReader reader;

    ClaimTable(String member, LeaseReader reader) {
        this.member = member;
        this.reader = reader;
    }

    /** All distinct owners, each by one look into the index: the number of rows does not matter. */
    private static String owners(String table, String condition) {
        String next = "(SELECT owner FROM " + table + " WHERE " + condition + "%s ORDER BY owner LIMIT 1)";
        return "owners AS (" + next.formatted("") + " UNION ALL SELECT " + next.formatted(" AND owner > owners.owner")
                + " FROM owners WHERE owners.owner IS NOT NULL)";
    }

    /** As {@link dev.listenkeyd.fleet.FleetStore#takeOver}. */
    List<Claimed> takeOver(Connection connection, int most) throws SQLException {
        List<Claimed> taken = new ArrayList<>();
        List<String> dead = Sql.list(connection, DEAD_OWNERS, ClaimTable::owner);
        // Its own ones are in its memory already, even when its membership has lapsed.
        dead.remove(member);
        if (!dead.isEmpty() && most > 0) {
            Map<String, Long> accounts = endedVersions(
                    connection, TAKE_OVER, dead, reader.unreadable().keySet(), most, member, member);
            move(connection, accounts.keySet(), dead);
            taken.addAll(claimed(connection, accounts));
            give(connection, "", reader.unreadable(accounts.keySet()));
        }
        List<String> senders = Sql.list(connection, DEAD_SENDERS, ClaimTable::owner);
        senders.remove(member);
        if (!senders.isEmpty()) {
            taken.addAll(leftDeliveries(connection, senders));
        }
        return taken;
    }

    /** As {@link dev.listenkeyd.fleet.FleetStore#claim}. */
    @Nullable
    Claimed claim(Connection connection, String account, boolean create) throws SQLException {
        reader.check(account);
        boolean created = create && Sql.update(connection, CREATE, account, member) > 0;
        String owner = created ? member : Sql.first(connection, LOCK, ClaimTable::owner, account);
        if (owner == null) {
            return null;
        }
        if (owner.equals(member)) {
            // Also keeps an account without a lease from being pruned before its registration is written.
            Sql.update(connection, TOUCH, account);
            return owned(connection, account);
        }
        List<String> dead = Sql.list(connection, DEAD_AMONG, ClaimTable::owner, List.of(owner));
        if (dead.isEmpty()) {
            Sql.update(connection, ASK, member, account);
            return null;
        }
        Sql.update(connection, CLAIM, member, member, account);
        move(connection, List.of(account), dead);
        return owned(connection, account);
    }

    private Claimed owned(Connection connection, String account) throws SQLException {
        List<Claimed> owned = owned(connection, List.of(account));
        reader.check(account);
        return owned.get(0);
    }

    /** As {@link dev.listenkeyd.fleet.FleetStore#owned}; those that can't be read are left out. */
    List<Claimed> owned(Connection connection, Collection<String> accounts) throws SQLException {
        return claimed(connection, endedVersions(connection, OWNED, member, accounts));
    }

    /** As {@link dev.listenkeyd.fleet.FleetStore#give}. */
    List<String> give(Connection connection, String to, Collection<String> accounts) throws SQLException {
        List<String> given = Sql.list(connection, GIVE, ClaimTable::account, to, to, member, accounts, to, to);
        if (!given.isEmpty()) {
            Sql.update(connection, SKIP_VERSIONS, given);
            Sql.update(connection, GIVE_DELIVERIES, to, member, given);
        }
        return Sql.list(connection, FOREIGN, ClaimTable::account, accounts, member);
    }

    private void move(Connection connection, Collection<String> accounts, List<String> dead) throws SQLException {
        if (!accounts.isEmpty()) {
            Sql.update(connection, SKIP_VERSIONS, accounts);
            Sql.update(connection, TAKE_DELIVERIES, member, dead, accounts);
        }
    }

    /** The accounts of the rows with their ended versions, in their order. */
    private static Map<String, Long> endedVersions(Connection connection, String sql, @Nullable Object... parameters)
            throws SQLException {
        Map<String, Long> versions = new LinkedHashMap<>();
        Sql.list(
                connection,
                sql,
                row -> versions.put(row.getString("account"), row.getLong("ended_version")),
                parameters);
        return versions;
    }

    private List<Claimed> claimed(Connection connection, Map<String, Long> endedVersions) throws SQLException {
        if (endedVersions.isEmpty()) {
            return List.of();
        }
        Collection<String> accounts = endedVersions.keySet();
        Map<String, @Nullable Lease> leases = new HashMap<>();
        Sql.list(connection, LEASES, row -> leases.put(row.getString("account"), reader.read(row)), accounts);
        Map<String, List<Delivery>> deliveries =
                byAccount(Sql.readable(connection, DELIVERIES, DeliveryTable::named, member, accounts));
        List<Claimed> claimed = new ArrayList<>();
        endedVersions.forEach((account, ended) -> {
            Lease lease = leases.get(account);
            if (lease != null || !leases.containsKey(account)) {
                claimed.add(new Claimed(account, lease, ended, deliveries.getOrDefault(account, List.of())));
            }
        });
        return claimed;
    }

    /** Deliveries that no claim of a dead member brings along; those that concern all leases under the account "". */
    private List<Claimed> leftDeliveries(Connection connection, List<String> senders) throws SQLException {
        List<Delivery> left = Sql.readable(
                connection, TAKE_LEFT_DELIVERIES, DeliveryTable::named, member, senders, DELIVERIES_AT_ONCE);
        left.sort(Delivery.ORDER);
        List<Claimed> taken = new ArrayList<>();
        byAccount(left).forEach((account, deliveries) -> taken.add(new Claimed(account, null, 0, deliveries)));
        return taken;
    }

    private static Map<String, List<Delivery>> byAccount(List<Delivery> deliveries) {
        Map<String, List<Delivery>> byAccount = new LinkedHashMap<>();
        for (Delivery delivery : deliveries) {
            String account = Objects.requireNonNullElse(delivery.event().account(), "");
            byAccount.computeIfAbsent(account, first -> new ArrayList<>()).add(delivery);
        }
        return byAccount;
    }

    private static String owner(ResultSet row) throws SQLException {
        return row.getString("owner");
    }

    private static String account(ResultSet row) throws SQLException {
        return row.getString("account");
    }
}
