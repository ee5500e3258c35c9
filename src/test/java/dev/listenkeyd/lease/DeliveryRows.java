package dev.listenkeyd.lease;

import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.NullUnmarked;

/** The pending deliveries of a store that is no disk. */
@NullUnmarked
public final class DeliveryRows {
    private final NavigableSet<Delivery> rows = new TreeSet<>(Delivery.ORDER);

    public void write(List<Delivery> deliveries) {
        for (Delivery delivery : deliveries) {
            rows.removeIf(row -> Delivery.ORDER.compare(row, delivery) == 0);
            if (delivery.pending()) {
                rows.add(delivery);
            }
        }
    }

    public List<Delivery> all() {
        return List.copyOf(rows);
    }
}
