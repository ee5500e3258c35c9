package dev.listenkeyd.renewal;

import dev.listenkeyd.lease.FleetEvent;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Detects that the store fails, and that it has recovered. For one thread. */
final class StoreWatch {
    private final LeaseRegistry registry;
    private final LongSupplier nanoTime;
    private boolean failing;
    private long since;

    StoreWatch(LeaseRegistry registry, LongSupplier nanoTime) {
        this.registry = registry;
        this.nanoTime = nanoTime;
    }

    /** The change since the last poll, if any. */
    Optional<FleetEvent> poll() {
        boolean now = !registry.writable();
        if (now == failing) {
            return Optional.empty();
        }
        failing = now;
        if (now) {
            since = nanoTime.getAsLong();
            return Optional.of(new FleetEvent.StoreFailing());
        }
        return Optional.of(new FleetEvent.StoreRecovered(Duration.ofNanos(nanoTime.getAsLong() - since)));
    }
}
