package dev.listenkeyd.app;

import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.notify.LeaseEvents;
import dev.listenkeyd.notify.sink.FileSinks;
import dev.listenkeyd.telemetry.AccountLosses;
import dev.listenkeyd.telemetry.RenewalLog;
import dev.listenkeyd.telemetry.RenewalMeters;
import jakarta.inject.Singleton;

/** All that see a change of a lease, or a call for it, on the thread that made it. */
@Singleton
final class ChangeObservers {
    private final RenewalLog log;
    private final RenewalMeters meters;
    private final AccountLosses losses;
    private final LeaseEvents events;
    private final FileSinks sinks;

    ChangeObservers(RenewalLog log, RenewalMeters meters, AccountLosses losses, LeaseEvents events, FileSinks sinks) {
        this.log = log;
        this.meters = meters;
        this.losses = losses;
        this.events = events;
        this.sinks = sinks;
    }

    void observe(RenewalEvent event) {
        log.observe(event);
        meters.observe(event);
        losses.observe(event);
        events.observe(event);
        sinks.changed(event.lease().account());
    }
}
