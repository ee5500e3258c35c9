package dev.listenkeyd.store;

import dev.listenkeyd.lease.Delivery;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** The table {@code delivery}. */
final class DeliveryTable {
    private static final String ADD = EventTable.insertInto("INSERT OR REPLACE INTO delivery", "webhook");
    private static final String END = "DELETE FROM delivery WHERE seq = ? AND webhook = ?";
    private static final String ALL = "SELECT * FROM delivery ORDER BY seq";

    private DeliveryTable() {}

    static void write(Connection connection, List<Delivery> deliveries) throws SQLException {
        for (Delivery delivery : deliveries) {
            if (delivery.pending()) {
                Sql.update(connection, ADD, EventTable.values(delivery.event(), delivery.webhook()));
            } else {
                Sql.update(connection, END, delivery.event().seq(), delivery.webhook());
            }
        }
    }

    static List<Delivery> all(Connection connection) throws SQLException {
        return Sql.list(connection, ALL, row -> new Delivery(row.getString("webhook"), EventTable.read(row), true));
    }
}
