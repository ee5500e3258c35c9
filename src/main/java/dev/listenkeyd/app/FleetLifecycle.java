package dev.listenkeyd.app;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.config.Settings;
import dev.listenkeyd.config.SharedStore;
import dev.listenkeyd.fleet.Fleet;
import dev.listenkeyd.fleet.FleetContext;
import dev.listenkeyd.fleet.FleetListener.Takeover;
import dev.listenkeyd.fleet.FleetStore;
import dev.listenkeyd.fleet.FleetStore.Beat;
import dev.listenkeyd.fleet.Member;
import dev.listenkeyd.fleet.Replicas;
import dev.listenkeyd.registration.OtherReplicas;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.renewal.RenewalEngine;
import dev.listenkeyd.store.Store;
import dev.listenkeyd.telemetry.ReplicaTelemetry;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** This replica's membership in the life of the process; without a shared store it is alone, and there is nothing to do. */
@Singleton
class FleetLifecycle {
    private static final Logger LOG = Logger.getLogger("listenkeyd.replicas");

    private static final Duration BEAT = Duration.ofSeconds(1);

    /** How soon changes of other replicas are seen here. */
    static final Duration POLL = Duration.ofMillis(100);

    /** How long a start waits for the first look at the leases of others, of which there may be 100,000. */
    private static final Duration FIRST_LOOK = Duration.ofSeconds(60);

    /** How long a stop waits until its leases are handed over. */
    private static final Duration HANDOVER = Duration.ofSeconds(5);

    private final Settings settings;
    private final ReplicaTelemetry telemetry;
    private final LongSupplier nanoTime;
    private final Provider<Replicas> replicas;
    private volatile @Nullable ScheduledExecutorService thread;
    private volatile @Nullable Fleet fleet;

    /** @param replicas a provider, since this makes them */
    FleetLifecycle(Settings settings, ReplicaTelemetry telemetry, LongSupplier nanoTime, Provider<Replicas> replicas) {
        this.settings = settings;
        this.replicas = replicas;
        this.telemetry = telemetry;
        this.nanoTime = nanoTime;
    }

    @Produces
    @Singleton
    OtherReplicas others(
            Store store,
            LeaseRegistry registry,
            RenewalEngine engine,
            ExchangeGate gate,
            ReplicaObservers observers,
            InstantSource clock) {
        FleetStore shared = store.fleet();
        SharedStore settingsOfStore = settings.sharedStore();
        if (shared == null || settingsOfStore == null) {
            return OtherReplicas.NONE;
        }
        ScheduledExecutorService single = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread daemon = new Thread(task, "replicas");
            // A start that fails must be able to end the process.
            daemon.setDaemon(true);
            return daemon;
        });
        Fleet made = new Fleet(
                shared,
                registry,
                engine,
                gate,
                observers,
                new FleetContext(clock, nanoTime, single, settingsOfStore.replicaTtl()));
        thread = single;
        fleet = made;
        return made;
    }

    @Produces
    @Singleton
    Replicas replicas(OtherReplicas others, InstantSource clock, LeaseRegistry registry, ExchangeGate gate) {
        Fleet member = fleet;
        return member == null ? new Alone(clock, clock.instant(), registry, gate) : member;
    }

    /** The only replica. */
    private record Alone(InstantSource clock, Instant startedAt, LeaseRegistry registry, ExchangeGate gate)
            implements Replicas {
        private static final String NAME = "local";

        @Override
        public String id() {
            return NAME;
        }

        @Override
        public Beat lastBeat() {
            Member self = new Member(NAME, NAME, startedAt, clock.instant(), registry.size(), gate.weightLimit());
            return new Beat(List.of(self), List.of(), false, 0);
        }

        @Override
        public @Nullable String ownerOf(String account) {
            return null;
        }

        @Override
        public Map<Takeover, Integer> takeovers() {
            return Map.of();
        }
    }

    /**
     * Joins the others, and learns which leases they have, before the configuration adds some.
     *
     * @throws ConfigurationException when the store does not tell
     */
    void start() {
        telemetry.show(replicas.get());
        Fleet member = fleet;
        ScheduledExecutorService single = thread;
        if (member == null || single == null) {
            return;
        }
        await(
                single.submit(() -> {
                    member.poll();
                    beat(member);
                }),
                FIRST_LOOK);
        if (!member.isInformed()) {
            throw new ConfigurationException(
                    "listenkeyd can't start: the shared store has not told which leases the other replicas have");
        }
        every(BEAT, () -> beat(member), single);
        every(POLL, member::poll, single);
    }

    private void beat(Fleet member) {
        member.beat();
        telemetry.observe(member);
    }

    private static void every(Duration pause, Runnable task, ScheduledExecutorService thread) {
        Future<?> unused = thread.scheduleWithFixedDelay(
                () -> {
                    try {
                        task.run();
                    } catch (RuntimeException | Error e) {
                        LOG.error("a task of this replica's membership failed; it runs again", e);
                    }
                },
                pause.toMillis(),
                pause.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    /** A row was not written, since another replica owns its lease. */
    void notOwned(String account) {
        Fleet member = fleet;
        if (member != null) {
            member.notOwned(account);
        }
    }

    /** The others get the leases of this one from now on. Call it when a stop begins. */
    void drain() {
        Fleet member = fleet;
        if (member != null) {
            member.drain();
        }
    }

    /** Gives all leases to other replicas. Call it when all calls have ended and all rows are on disk. */
    void leave() {
        Fleet member = fleet;
        ScheduledExecutorService single = thread;
        if (member != null && single != null) {
            await(single.submit(member::leave), HANDOVER);
            single.shutdown();
        }
    }

    private static void await(Future<?> done, Duration patience) {
        try {
            done.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.errorf("the shared store has not answered within %d s", patience.toSeconds());
        } catch (ExecutionException e) {
            LOG.error("joining or leaving the other replicas failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
