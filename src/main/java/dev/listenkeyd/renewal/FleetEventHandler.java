package dev.listenkeyd.renewal;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.lease.AccountPause;
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

/** Reactions that concern all leases: after a restart, when the clock was set back, when the exchange returns. */
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
            // The guard had postponed them: restore their own next attempt.
            registry.all().stream().filter(Lease::isLost).forEach(engine::watch);
        } else if (event instanceof Paused paused) {
            // Events of two simultaneous replies may arrive in either order: the gate knows the pause in force.
            Pause inForce = gate.closed();
            registry.savePause(inForce == null ? paused.pause() : inForce);
        } else if (event instanceof PauseLifted lifted) {
            // A pause that is over: after a restart, too, the first call goes alone.
            registry.savePause(new Pause(clock.instant(), lifted.pause().reason()));
        }
    }

    /**
     * When the clock is set back an hour, a renewal due in a minute would be due in 61, and deadlines would seem an hour later than they are. So all leases move back with the clock and are renewed at once.
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
     * Retries failed leases at once. Leases without a live key at most once per window: if only their calls keep failing, their retries must not use up the weight of all others.
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

    /** The newest instant at which something is known to have happened to the lease. */
    private static Instant newestInstant(Lease lease) {
        ListenKey key = lease.key();
        Instant success = key == null ? Instant.MIN : key.lastSuccessAt();
        AccountPause pause = lease.pause();
        return pause == null || pause.since().isBefore(success) ? success : pause.since();
    }

    /** Puts all leases under the engine's care, and restores the state of an earlier process. */
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
        registry.all().forEach(lease -> resume(lease, now));
    }

    /** Puts a lease of an earlier process, or of another one, under the engine's care. */
    void resume(Lease lease, Instant now) {
        Instant known = newestInstant(lease);
        if (known.isAfter(now)) {
            // The clock was set back while the process was down, or is behind that of the other process.
            Duration by = Duration.between(now, known);
            registry.change(lease, current -> current.shiftBack(by, now));
        }
        engine.watch(lease);
    }
}
