package dev.listenkeyd.renewal;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.FleetEvent.ClockJumped;
import dev.listenkeyd.lease.FleetEvent.ExchangeReachable;
import dev.listenkeyd.lease.FleetEvent.PauseLifted;
import dev.listenkeyd.lease.FleetEvent.Paused;
import dev.listenkeyd.lease.FleetEvent.RecreationResumed;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.Pause;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** What is done to all leases at once: after a restart, when the clock is set back, when the exchange returns. */
final class FleetEventHandler {
    private final LeaseRegistry registry;
    private final ExchangeGate gate;
    private final RenewalPolicy policy;
    private final InstantSource clock;
    private final RenewalEngine engine;
    private Instant keysRetriedAt = Instant.EPOCH;

    FleetEventHandler(
            LeaseRegistry registry,
            ExchangeGate gate,
            RenewalPolicy policy,
            InstantSource clock,
            RenewalEngine engine) {
        this.registry = registry;
        this.gate = gate;
        this.policy = policy;
        this.clock = clock;
        this.engine = engine;
    }

    void onEvent(FleetEvent event) {
        if (event instanceof ClockJumped jumped && jumped.by().isNegative()) {
            clockSetBack(jumped.by().negated());
        } else if (event instanceof ExchangeReachable) {
            retryAll();
        } else if (event instanceof RecreationResumed) {
            // Back to their own next attempt, from where the guard had put them.
            registry.all().stream().filter(Lease::isLost).forEach(engine::watch);
        } else if (event instanceof Paused paused) {
            // Of two replies that came together the later one may be told first: the gate knows which pause holds.
            Pause inForce = gate.closed();
            registry.savePause(inForce == null ? paused.pause() : inForce);
        } else if (event instanceof PauseLifted lifted) {
            // Over by now: the next process sends one call alone first, as this one does.
            registry.savePause(new Pause(clock.instant(), lifted.pause().reason()));
        }
    }

    /**
     * The wall clock was set back: what was due in a minute would be due in an hour and a minute, and deadlines would
     * seem later than they are. All leases are moved with the clock and renewed at once, in order of their deadlines.
     */
    private void clockSetBack(Duration by) {
        Instant now = clock.instant();
        gate.clockSetBack(by);
        Pause pause = gate.closed();
        if (pause != null) {
            registry.savePause(pause);
        }
        registry.all().forEach(lease -> registry.change(lease, current -> current.shiftBack(by, now)));
        registry.all().forEach(engine::watch);
    }

    /**
     * What waits for its next try after a failure need not wait longer. For leases without a live key once a window only:
     * should the calls for them alone go on failing, their retries must not use up the weight of all others.
     */
    private synchronized void retryAll() {
        Instant now = clock.instant();
        boolean keysToo = Duration.between(keysRetriedAt, now)
                        .abs()
                        .compareTo(gate.budget().window())
                >= 0;
        keysRetriedAt = keysToo ? now : keysRetriedAt;
        for (Lease lease : registry.all()) {
            Instant retry = keysToo || lease.isLive() ? policy.retryAfterReturn(lease, now) : null;
            if (retry != null) {
                engine.watch(lease, retry);
            }
        }
    }

    /** Puts all leases of the book under the engine's care, and recalls what an earlier process knew. */
    void resume() {
        Instant now = clock.instant();
        Instant windowStart = now.minus(gate.budget().window());
        gate.recall(registry.all().stream()
                .mapToInt(lease -> lease.callsSince(windowStart))
                .sum());
        Pause pause = registry.pause();
        if (pause != null) {
            gate.restore(pause);
        }
        for (Lease lease : registry.all()) {
            ListenKey key = lease.key();
            if (key != null && key.lastSuccessAt().isAfter(now)) {
                // The clock was set back while nobody looked.
                Duration by = Duration.between(now, key.lastSuccessAt());
                registry.change(lease, current -> current.shiftBack(by, now));
            }
        }
        registry.all().forEach(engine::watch);
    }
}
