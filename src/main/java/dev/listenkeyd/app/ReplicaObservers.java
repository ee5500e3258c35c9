package dev.listenkeyd.app;

import dev.listenkeyd.fleet.FleetListener;
import dev.listenkeyd.lease.Delivery;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.notify.ChangeWaiters;
import dev.listenkeyd.notify.EventFeed;
import dev.listenkeyd.notify.Webhooks;
import dev.listenkeyd.notify.sink.FileSinks;
import dev.listenkeyd.telemetry.ReplicaTelemetry;
import jakarta.inject.Singleton;
import java.util.List;

/** All that see what other replicas do. */
@Singleton
final class ReplicaObservers implements FleetListener {
    private final ChangeWaiters waiters;
    private final FileSinks sinks;
    private final EventFeed feed;
    private final Webhooks webhooks;
    private final ReplicaTelemetry telemetry;

    ReplicaObservers(
            ChangeWaiters waiters, FileSinks sinks, EventFeed feed, Webhooks webhooks, ReplicaTelemetry telemetry) {
        this.waiters = waiters;
        this.sinks = sinks;
        this.feed = feed;
        this.webhooks = webhooks;
        this.telemetry = telemetry;
    }

    @Override
    public void changed(String account) {
        waiters.changed(account);
        sinks.changed(account);
    }

    @Override
    public void told(FeedEvent event) {
        feed.relay(event);
    }

    @Override
    public void deliveriesTaken(List<Delivery> deliveries) {
        webhooks.restore(deliveries);
    }

    @Override
    public void deliveriesGiven(String account) {
        webhooks.drop(account);
    }

    @Override
    public void takenOver(Takeover cause, int leases) {
        telemetry.onTakeover(cause, leases);
    }

    @Override
    public void reached() {
        telemetry.onReached();
    }

    @Override
    public void failed(StoreException failure) {
        telemetry.onFailed(failure);
    }
}
