package dev.listenkeyd.view;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.fleet.Replicas;
import dev.listenkeyd.forecast.Forecast;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.WatchedStreams;
import dev.listenkeyd.registration.Registered;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.view.LeaseView.Outlook;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** Shows leases as they stand at this instant. */
@Singleton
public final class LeaseViews {
    private final Forecast forecast;
    private final ExchangeGate gate;
    private final LeaseRegistry registry;
    private final WatchedStreams streams;
    private final Replicas replicas;
    private final InstantSource clock;

    LeaseViews(
            Forecast forecast,
            ExchangeGate gate,
            LeaseRegistry registry,
            WatchedStreams streams,
            Replicas replicas,
            InstantSource clock) {
        this.forecast = forecast;
        this.gate = gate;
        this.registry = registry;
        this.streams = streams;
        this.replicas = replicas;
        this.clock = clock;
    }

    /** The lease now. */
    public LeaseView of(Lease lease) {
        return of(lease, null);
    }

    /** The lease as a registration has left it. */
    public LeaseView of(Registered registered) {
        return of(registered.lease(), registered.adopted());
    }

    private LeaseView of(Lease lease, @Nullable Boolean adopted) {
        Instant now = clock.instant();
        // The gate of another replica is not known here.
        boolean isOwn = registry.find(lease.account()) != null;
        Instant opensAt = isOwn ? gate.opensAt() : Instant.EPOCH;
        return LeaseView.of(
                lease,
                new Outlook(
                        forecast.status(lease, now, opensAt),
                        forecast.nextCall(lease, now, opensAt),
                        forecast.attemptsLeft(lease, now, opensAt)),
                streams.of(lease.account()),
                replicas.ownerOf(lease.account()),
                adopted);
    }
}
