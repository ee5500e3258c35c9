package dev.listenkeyd.notify;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.forecast.Forecast;
import dev.listenkeyd.forecast.LeaseStatus;
import dev.listenkeyd.lease.EventType;
import dev.listenkeyd.lease.FeedEvent.LeaseFacts;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.RenewalEvent;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Publishes what happens to leases, and finds what no change tells: that only time has put a key at risk, or that a pause is over.
 */
public final class LeaseEvents {
    private final EventFeed feed;
    private final ChangeWaiters waiters;
    private final Webhooks webhooks;
    private final Forecast forecast;
    private final ExchangeGate gate;
    private final InstantSource clock;
    private Set<String> atRisk = Set.of();
    private boolean closed;

    public LeaseEvents(
            EventFeed feed,
            ChangeWaiters waiters,
            Webhooks webhooks,
            Forecast forecast,
            ExchangeGate gate,
            InstantSource clock) {
        this.feed = feed;
        this.waiters = waiters;
        this.webhooks = webhooks;
        this.forecast = forecast;
        this.gate = gate;
        this.clock = clock;
    }

    /** Publishes a change of a lease, on the thread that made it. */
    public void observe(RenewalEvent change) {
        EventType type = ChangeEvents.typeOf(change);
        if (type != null) {
            String status = status(change.lease()).name();
            webhooks.publish(feed.publish(change.at(), type, ChangeEvents.facts(change, status)));
        }
        if (change.before() == null || !change.before().equals(change.after())) {
            waiters.changed(change.lease().account());
        }
    }

    /** Publishes an event that concerns all leases. */
    public void observe(FleetEvent event) {
        EventType type = ChangeEvents.typeOf(event);
        if (type != null) {
            webhooks.publish(feed.publish(clock.instant(), type, null));
        }
        observeGate();
    }

    /**
     * Publishes what only time has changed. Call it every few seconds, from one thread.
     *
     * @param withLease calls an action with an account's lease, null when it has ended, while the lease does not change
     */
    public void poll(Collection<Lease> leases, BiConsumer<String, Consumer<@Nullable Lease>> withLease) {
        observeGate();
        Instant now = clock.instant();
        Instant opensAt = gate.opensAt();
        Set<String> found = new HashSet<>();
        for (Lease lease : leases) {
            String account = lease.account();
            if (forecast.status(lease, now, opensAt) == LeaseStatus.AT_RISK
                    && found.add(account)
                    && !atRisk.contains(account)) {
                withLease.accept(account, this::publishRisk);
            }
        }
        atRisk = found;
    }

    private void publishRisk(@Nullable Lease lease) {
        if (lease != null && status(lease) == LeaseStatus.AT_RISK) {
            LeaseFacts facts = ChangeEvents.facts(lease, LeaseStatus.AT_RISK.name(), null);
            webhooks.publish(feed.publish(clock.instant(), EventType.AT_RISK, facts));
        }
    }

    private synchronized void observeGate() {
        boolean isClosed = gate.closed() != null;
        if (isClosed != closed) {
            closed = isClosed;
            webhooks.publish(
                    feed.publish(clock.instant(), isClosed ? EventType.GATE_CLOSED : EventType.GATE_OPENED, null));
        }
    }

    private LeaseStatus status(Lease lease) {
        return forecast.status(lease, clock.instant(), gate.opensAt());
    }
}
