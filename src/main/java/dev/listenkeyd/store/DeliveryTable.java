package dev.listenkeyd.store;

import dev.listenkeyd.lease.Delivery;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The table {@code delivery}. In PostgreSQL each row has an owner, the member that delivers it. */
final class DeliveryTable {
    private static final String ADD = Sql.upsert("delivery", List.of("seq", "webhook"), EventRow.columns("webhook"));
    private static final String END = "DELETE FROM delivery WHERE seq = ? AND webhook = ?";
    private static final String ALL = "SELECT * FROM delivery ORDER BY seq";

    /** A repeated write leaves the row with the member that has taken it over meanwhile. */
    private static final String ADD_OWN = Sql.insert("delivery", EventRow.columns("webhook", "id", "owner"))
            + " ON CONFLICT (id, webhook) DO NOTHING";

    private static final String END_NAMED = "DELETE FROM delivery WHERE id = ? AND webhook = ?";
    private static final String OWN = "SELECT * FROM delivery WHERE owner = ? ORDER BY seq, id";

    private final @Nullable String owner;

    /** @param owner id of the member; null in a store that belongs to one process */
    DeliveryTable(@Nullable String owner) {
        this.owner = owner;
    }

    void write(Connection connection, List<Delivery> deliveries) throws SQLException {
        for (Delivery delivery : deliveries) {
            if (owner == null) {
                write(connection, delivery);
            } else {
                writeOwn(connection, delivery, owner);
            }
        }
    }

    private static void write(Connection connection, Delivery delivery) throws SQLException {
        if (delivery.pending()) {
            Sql.update(connection, ADD, EventRow.values(delivery.event(), delivery.webhook()));
        } else {
            Sql.update(connection, END, delivery.event().seq(), delivery.webhook());
        }
    }

    private static void writeOwn(Connection connection, Delivery delivery, String owner) throws SQLException {
        String id = delivery.event().id();
        if (delivery.pending()) {
            Sql.update(connection, ADD_OWN, EventRow.values(delivery.event(), delivery.webhook(), id, owner));
        } else {
            Sql.update(connection, END_NAMED, id, delivery.webhook());
        }
    }

    /** The pending ones, of this owner if there are several; without those that are damaged. */
    List<Delivery> all(Connection connection) throws SQLException {
        return owner == null
                ? Sql.readable(
                        connection, ALL, row -> new Delivery(row.getString("webhook"), EventRow.numbered(row), true))
                : Sql.readable(connection, OWN, DeliveryTable::named, owner);
    }

    /** A row with the id of its event. */
    static Delivery named(ResultSet row) throws SQLException {
        return new Delivery(row.getString("webhook"), EventRow.named(row), true);
    }
}
