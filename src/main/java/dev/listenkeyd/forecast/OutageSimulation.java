package dev.listenkeyd.forecast;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.budget.Priority;
import dev.listenkeyd.lease.ChangeRecords;
import dev.listenkeyd.lease.Delivery;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseGateway;
import dev.listenkeyd.lease.LeaseStore;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.Loss;
import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.lease.Pause;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.lease.RenewalOutcome.Confirmed;
import dev.listenkeyd.lease.RenewalOutcome.Failed;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.renewal.Confirmation;
import dev.listenkeyd.renewal.EngineContext;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.renewal.RenewalEngine;
import dev.listenkeyd.renewal.RenewalPolicy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Simulates an outage of the exchange: runs the engine, the gate and the policy on copies of the leases and the gate, in virtual time. Calls take no time; an API key that is refused now stays refused. No call leaves, and nothing changes in the daemon.
 */
public final class OutageSimulation {
    /** Most regular calls of a simulation, so that its caller waits a few seconds at most. */
    static final int MOST_CALLS = 60_000;

    /** The interval of the daemon's own loop. */
    private static final Duration TICK = Duration.ofSeconds(1);

    private static final double AVERAGE_CHANCE = 0.5;

    /**
     * An outage: the exchange does not answer.
     *
     * @param startsIn from now
     */
    public record Outage(Duration startsIn, Duration length) {}

    /**
     * A key that would be lost.
     *
     * @param at when the loss would be known
     * @param recoveredAt when the account would have a live key again; null if not before the end of the simulation
     */
    public record LostKey(
            String account,
            LossCause cause,
            Instant at,
            @Nullable Instant recoveredAt) {}

    /**
     * The result of a simulation.
     *
     * @param from start of the outage
     * @param until end of the outage
     * @param lost in the order of their loss
     */
    public record Result(Instant from, Instant until, List<LostKey> lost) {}

    private final RenewalPolicy policy;
    private final Confirmation confirmation;
    private final InstantSource clock;
    private final LongSupplier nanoTime;

    /** @param nanoTime the monotonic time of the gate that is copied */
    public OutageSimulation(
            RenewalPolicy policy, Confirmation confirmation, InstantSource clock, LongSupplier nanoTime) {
        this.policy = policy;
        this.confirmation = confirmation;
        this.clock = clock;
        this.nanoTime = nanoTime;
    }

    /** The longest outage that can be simulated for this many leases; zero or less when there is none. */
    public Duration longestOutage(int leases, ExchangeGate gate, Duration startsIn) {
        int some = Math.max(1, leases);
        Duration window = gate.budget().window();
        Duration checks = policy.checkInterval(some, Priority.checksPerWindow(gate.weightLimit()), window);
        double perNano = 1.0 / policy.renewEvery().toNanos() + (checks == null ? 0 : 1.0 / checks.toNanos());
        Duration longest = Duration.ofNanos(Math.round(MOST_CALLS / (some * perNano)));
        return longest.minus(startsIn).minus(policy.ttl());
    }

    /**
     * Simulates the time from now until one TTL after the outage.
     *
     * @param leases as they are now
     * @throws IllegalArgumentException when the outage is longer than {@link #longestOutage}
     */
    @SuppressWarnings("ThreadPriorityCheck") // See the call of yield.
    public Result of(Collection<Lease> leases, ExchangeGate gate, Outage outage) {
        if (outage.length().compareTo(longestOutage(leases.size(), gate, outage.startsIn())) > 0) {
            throw new IllegalArgumentException("more than can be rehearsed");
        }
        Run run = new Run(List.copyOf(leases), gate, outage);
        Duration horizon = outage.startsIn().plus(outage.length()).plus(policy.ttl());
        while (run.passed.compareTo(horizon) <= 0) {
            run.engine.tick();
            run.callAll();
            run.passed = run.passed.plus(TICK);
            // Without it, a virtual thread that only computes would keep renewals from its carrier thread.
            Thread.yield();
        }
        return new Result(run.awayFrom, run.awayUntil, List.copyOf(run.lost.values()));
    }

    /** One simulation: its clocks, its store, its exchange. */
    private final class Run implements LeaseGateway, LeaseStore {
        private final Instant start = clock.instant();
        private final long startNanos = nanoTime.getAsLong();
        private final Instant awayFrom;
        private final Instant awayUntil;
        private final List<Lease> leases;
        private final RenewalEngine engine;
        private final Queue<Runnable> calls = new ArrayDeque<>();
        private final Map<String, Reason> refusals = new HashMap<>();
        private final Map<String, LostKey> lost = new LinkedHashMap<>();
        private Duration passed = Duration.ZERO;
        private int made;

        Run(List<Lease> leases, ExchangeGate gate, Outage outage) {
            this.leases = leases;
            this.awayFrom = start.plus(outage.startsIn());
            this.awayUntil = awayFrom.plus(outage.length());
            LeaseRegistry registry = new LeaseRegistry(this, this::now, this::nanoTime, this::onEvent);
            registry.restore();
            EngineContext context =
                    new EngineContext(this::now, this::nanoTime, () -> AVERAGE_CHANCE, calls::add, event -> {});
            ExchangeGate copy = gate.copy(this::now, this::nanoTime);
            this.engine = new RenewalEngine(registry, copy, this, policy, confirmation, context);
            for (Lease lease : leases) {
                Failure failure = lease.lastFailure();
                if (lease.state().failures() > 0
                        && failure != null
                        && failure.reason().needsOperator()) {
                    refusals.put(lease.account(), failure.reason());
                }
                engine.watch(lease);
            }
        }

        private Instant now() {
            return start.plus(passed);
        }

        private long nanoTime() {
            return startNanos + passed.toNanos();
        }

        /** Runs calls one after the other, never nested, since a call that ends may start the next. */
        private void callAll() {
            for (Runnable call = calls.poll(); call != null; call = calls.poll()) {
                call.run();
            }
        }

        private void onEvent(RenewalEvent event) {
            Lease after = event.after();
            Loss loss = after == null ? null : after.lastLoss();
            if (after == null || loss == null) {
                return;
            }
            String account = after.account();
            LostKey known = lost.get(account);
            if (event.isLoss() && known == null) {
                lost.put(account, new LostKey(account, loss.cause(), event.at(), null));
            } else if (known != null && known.recoveredAt() == null && after.isLive()) {
                lost.put(account, new LostKey(account, known.cause(), known.at(), event.at()));
            }
        }

        @Override
        public RenewalOutcome extend(Lease lease) {
            Failure failure = failure(lease);
            if (failure != null) {
                return new Failed(failure);
            }
            ListenKey key = lease.key();
            return key != null && now().isBefore(key.expiresAt())
                    ? new Renewed(now())
                    : new Failed(new Failure(now(), Reason.NO_ACTIVE_KEY, null, null, "rehearsed"));
        }

        @Override
        public RenewalOutcome activeKey(Lease lease) {
            Failure failure = failure(lease);
            if (failure != null) {
                return new Failed(failure);
            }
            ListenKey key = lease.key();
            boolean alive = key != null && now().isBefore(key.expiresAt());
            Secret named = alive && key != null ? key.value() : new Secret("rehearsed-" + ++made);
            return new Confirmed(now(), named, null);
        }

        @Override
        public RenewalOutcome close(Lease lease) {
            throw new IllegalStateException("nobody asks for this here");
        }

        private @Nullable Failure failure(Lease lease) {
            if (!now().isBefore(awayFrom) && now().isBefore(awayUntil)) {
                return new Failure(now(), Reason.UNREACHABLE, null, null, "rehearsed");
            }
            Reason refused = refusals.get(lease.account());
            return refused == null ? null : new Failure(now(), refused, null, null, "rehearsed");
        }

        @Override
        public List<Lease> live() {
            return leases;
        }

        @Override
        public CompletionStage<Boolean> put(Lease lease, ChangeRecords records) {
            return CompletableFuture.completedFuture(true);
        }

        @Override
        public CompletionStage<Void> delete(String account, ChangeRecords records) {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public List<Delivery> deliveries() {
            return List.of();
        }

        @Override
        public List<Loss> losses(String account, long after, int most) {
            return List.of();
        }

        @Override
        public CompletionStage<Void> saveRecords(String account, ChangeRecords records) {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<Void> saveFleet(@Nullable Pause pause, List<Delivery> deliveries) {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public @Nullable Pause pause() {
            return null;
        }
    }
}
