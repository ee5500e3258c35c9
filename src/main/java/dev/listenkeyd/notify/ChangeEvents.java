package dev.listenkeyd.notify;

import dev.listenkeyd.lease.EventType;
import dev.listenkeyd.lease.FeedEvent.LeaseFacts;
import dev.listenkeyd.lease.FeedEvent.LossFacts;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.FleetEvent.ClockJumped;
import dev.listenkeyd.lease.FleetEvent.ExchangeReachable;
import dev.listenkeyd.lease.FleetEvent.ExchangeUnreachable;
import dev.listenkeyd.lease.FleetEvent.StoreFailing;
import dev.listenkeyd.lease.FleetEvent.StoreRecovered;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.Loss;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.lease.Secret;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Which change is which event. */
final class ChangeEvents {
    private static final Map<Class<? extends FleetEvent>, EventType> OF_ALL_LEASES = Map.of(
            ExchangeUnreachable.class, EventType.EXCHANGE_UNREACHABLE,
            ExchangeReachable.class, EventType.EXCHANGE_REACHABLE,
            ClockJumped.class, EventType.CLOCK_JUMPED,
            StoreFailing.class, EventType.STORE_FAILING,
            StoreRecovered.class, EventType.STORE_RECOVERED);

    private ChangeEvents() {}

    /** The event of a change; null when it is none, as another failed attempt in a row. */
    static @Nullable EventType typeOf(RenewalEvent change) {
        Lease before = change.before();
        Lease after = change.after();
        if (before == null) {
            return EventType.REGISTERED;
        }
        if (after == null) {
            return EventType.RELEASED;
        }
        // Not by the generation: a key that a caller hands over has the first one before it is confirmed.
        if (after.key() != null && !Objects.equals(value(after), value(before))) {
            return EventType.KEY;
        }
        if (change.isLoss()) {
            return EventType.LOST;
        }
        if (!Objects.equals(before.pause(), after.pause())) {
            return EventType.PAUSED;
        }
        if (isBad(before) != isBad(after)) {
            return isBad(after) ? EventType.FAILING : EventType.RECOVERED;
        }
        if (!before.registration().equals(after.registration())) {
            return EventType.HOLDERS;
        }
        boolean renewed = !before.equals(after)
                && change.outcome() != null
                && change.outcome().failed() == null;
        return renewed ? EventType.RENEWED : null;
    }

    /** The event of what concerns all leases; null when it is none. A pause is found by {@link LeaseEvents#poll}. */
    static @Nullable EventType typeOf(FleetEvent event) {
        return OF_ALL_LEASES.get(event.getClass());
    }

    private static @Nullable Secret value(Lease lease) {
        return lease.key() == null ? null : lease.key().value();
    }

    private static boolean isBad(Lease lease) {
        return lease.state().failures() > 0 || lease.isLost();
    }

    /** The lease after the change, with the loss that it tells. */
    static LeaseFacts facts(RenewalEvent change, String status) {
        Loss known = change.before() == null ? null : change.before().lastLoss();
        Loss loss = change.lease().lastLoss();
        return facts(change.lease(), status, Objects.equals(loss, known) ? null : loss);
    }

    /** @param loss that the event tells; null for none */
    static LeaseFacts facts(Lease lease, String status, @Nullable Loss loss) {
        return new LeaseFacts(
                lease.account(),
                lease.version(),
                status,
                lease.generation(),
                lease.key() == null ? null : lease.key().value().fingerprint(),
                lease.expiresAt(),
                loss == null ? null : new LossFacts(loss.cause(), loss.lostAt(), loss.recoveredAt()));
    }
}
