package dev.listenkeyd.forecast;

import dev.listenkeyd.budget.ExchangeGate;
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
 * What an outage of the exchange would cost: the very engine, gate and policy that renew, on copies of the leases and of the
 * gate, in time that is only counted. Calls take no time here; an API key that is refused now stays refused. Nothing leaves
 * this object, and nothing of the daemon changes.
 */
public final class OutageSimulation {
    /** Regular renewals in the time that is gone through: more take longer than a few seconds, for which somebody waits. */
    static final int MOST_RENEWALS = 60_000;

    /** As the daemon's own loop. */
    private static final Duration TICK = Duration.ofSeconds(1);

    private static final double AVERAGE_CHANCE = 0.5;

    /**
     * The exchange does not answer.
     *
     * @param startsIn from now
     */
    public record Outage(Duration startsIn, Duration length) {}

    /**
     * A key that would be lost.
     *
     * @param at when it would be known
     * @param recoveredAt when another one would take its place, null when none would before the rehearsal ends
     */
    public record LostKey(
            String account,
            LossCause cause,
            Instant at,
            @Nullable Instant recoveredAt) {}

    /**
     * What would become of the leases.
     *
     * @param from when the exchange would go away
     * @param until when it would be back
     * @param lost in the order in which they would be
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

    /** The longest outage that so many leases can be rehearsed for; zero or less when there is none. */
    public Duration longestOutage(int leases, Duration startsIn) {
        Duration longest = policy.renewEarliest().multipliedBy(MOST_RENEWALS).dividedBy(Math.max(1, leases));
        return longest.minus(startsIn).minus(policy.ttl());
    }

    /**
     * Goes through the time from now until a key's life after the outage.
     *
     * @param leases as they are now
     * @throws IllegalArgumentException when the outage is longer than {@link #longestOutage}
     */
    @SuppressWarnings("ThreadPriorityCheck") // See where it yields.
    public Result of(Collection<Lease> leases, ExchangeGate gate, Outage outage) {
        if (outage.length().compareTo(longestOutage(leases.size(), outage.startsIn())) > 0) {
            throw new IllegalArgumentException("more than can be rehearsed");
        }
        Run run = new Run(List.copyOf(leases), gate, outage);
        Duration horizon = outage.startsIn().plus(outage.length()).plus(policy.ttl());
        while (run.passed.compareTo(horizon) <= 0) {
            run.engine.tick();
            run.callAll();
            run.passed = run.passed.plus(TICK);
            // A virtual thread that only computes would keep its processor from the renewals.
            Thread.yield();
        }
        return new Result(run.awayFrom, run.awayUntil, List.copyOf(run.lost.values()));
    }

    /** One rehearsal: its clocks, its store, its exchange. */
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
            LeaseRegistry registry = new LeaseRegistry(this, this::nanoTime);
            registry.restore();
            EngineContext context = new EngineContext(
                    this::now, this::nanoTime, () -> AVERAGE_CHANCE, calls::add, this::onEvent, event -> {});
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

        /** One after the other, never nested: a call that ends may start the next. */
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
        public CompletionStage<Void> put(Lease lease) {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<Void> delete(String account) {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<Void> savePause(Pause pause) {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public @Nullable Pause pause() {
            return null;
        }
    }
}
