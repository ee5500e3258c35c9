package dev.listenkeyd.app;

import dev.listenkeyd.approval.Approvals;
import dev.listenkeyd.http.EventStreams;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.notify.ChangeWaiters;
import dev.listenkeyd.notify.EventFeed;
import dev.listenkeyd.notify.LeaseEvents;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.telemetry.RiskWatch;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import org.jboss.logging.Logger;

/** The feed of events and all who are told of them in the life of the process. */
@Singleton
class EventLifecycle {
    private static final Logger LOG = Logger.getLogger("listenkeyd");

    private final EventFeed feed;
    private final LeaseEvents events;
    private final LeaseRegistry registry;
    private final EventStreams streams;
    private final ChangeWaiters waiters;
    private final WebhookLifecycle webhooks;

    EventLifecycle(
            EventFeed feed,
            LeaseEvents events,
            LeaseRegistry registry,
            EventStreams streams,
            ChangeWaiters waiters,
            WebhookLifecycle webhooks) {
        this.feed = feed;
        this.events = events;
        this.registry = registry;
        this.streams = streams;
        this.waiters = waiters;
        this.webhooks = webhooks;
    }

    /** Reads the events of earlier processes, before the first change. */
    void restore() {
        try {
            feed.restore();
        } catch (StoreException e) {
            LOG.errorf("%s: subscribers that come back get the state in place of what they missed", e.getMessage());
        }
        webhooks.restore();
    }

    void start(Heartbeat heartbeat) {
        heartbeat.every(Heartbeat.EVERY_SECOND, "events", feed::tick);
        heartbeat.every(RiskWatch.PERIOD, "events of time", () -> events.poll(registry.all(), registry::withLease));
        heartbeat.every(EventStreams.BEAT, "heartbeats of event streams", streams::beat);
        webhooks.start(heartbeat);
    }

    /** Calls that wait for a person are no events, since not every subscriber may see them: a page looks when a comment comes. */
    void tellOfApprovals(@Observes StartupEvent event, Approvals approvals) {
        approvals.onChange(streams::beat);
    }

    /** Ends all streams and waits while their connections are open: Quarkus closes those before the {@code ShutdownEvent}. */
    void endStreams(@Observes ShutdownDelayInitiatedEvent event) {
        streams.close();
        waiters.close();
    }

    /** Calls no more webhooks. */
    void close() {
        webhooks.stop();
        waiters.close();
    }

    /** Whether all events are on disk; tries again if not. */
    boolean isWritten() {
        if (feed.unwritten() > 0) {
            feed.tick();
        }
        return feed.unwritten() == 0;
    }
}
