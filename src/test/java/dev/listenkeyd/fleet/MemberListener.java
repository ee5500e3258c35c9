package dev.listenkeyd.fleet;

import dev.listenkeyd.lease.Delivery;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;

/** Passes on what a member hears of others. */
@NullUnmarked
record MemberListener(FleetSimulation world, MemberProcess process) implements FleetListener {
    @Override
    public void changed(String account) {}

    @Override
    public void told(FeedEvent event) {
        if (!process.isDead()) {
            world.subscribers.told(process, event);
        }
    }

    @Override
    public void deliveriesTaken(List<Delivery> deliveries) {}

    @Override
    public void deliveriesGiven(String account) {}

    @Override
    public void takenOver(Takeover cause, int leases) {
        world.takeovers.merge(cause, leases, Integer::sum);
    }

    @Override
    public void reached() {}

    @Override
    public void failed(StoreException failure) {}
}
