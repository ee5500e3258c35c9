package dev.listenkeyd.simulation;

import static dev.listenkeyd.lease.Given.POLICY;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;

import dev.listenkeyd.budget.Budget;
import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.MemoryStore;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.lease.ScriptedGateway;
import dev.listenkeyd.lease.VirtualClock;
import dev.listenkeyd.registration.Leases;
import dev.listenkeyd.registration.OnDemandRenewals;
import dev.listenkeyd.renewal.Confirmation;
import dev.listenkeyd.renewal.EngineContext;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.renewal.QueueingExecutor;
import dev.listenkeyd.renewal.RenewalEngine;
import dev.listenkeyd.renewal.RenewalPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;

/** The whole core, wired as the application does it, in virtual time. */
@NullUnmarked
public final class CoreInVirtualTime {
    public static final Duration PATIENCE = ofSeconds(5);
    public static final int MOST_LEASES = 1000;

    public final VirtualClock clock;
    public final MemoryStore store;
    public final ScriptedGateway gateway;
    public final QueueingExecutor executor = new QueueingExecutor();
    public final List<RenewalEvent> events = new ArrayList<>();
    public final List<FleetEvent> fleetEvents = new ArrayList<>();
    /** Of the dice. */
    public double chance;
    /** What else happens on each event. */
    public Runnable meanwhile = () -> {};
    /** What else happens on the next event of the whole fleet. */
    public Runnable meanwhileToAll = () -> {};

    public final LeaseRegistry registry;
    public final ExchangeGate gate;
    public final RenewalEngine engine;
    public final Leases leases;
    public final OnDemandRenewals renewals;

    public CoreInVirtualTime() {
        this(Confirmation.NEVER, 200);
    }

    public CoreInVirtualTime(Confirmation confirmation, int weight) {
        this(POLICY, confirmation, weight);
    }

    public CoreInVirtualTime(RenewalPolicy policy, Confirmation confirmation, int weight) {
        this(new VirtualClock(), new MemoryStore(), null, policy, confirmation, weight);
    }

    private CoreInVirtualTime(
            VirtualClock clock,
            MemoryStore store,
            ScriptedGateway gateway,
            RenewalPolicy policy,
            Confirmation confirmation,
            int weight) {
        this.clock = clock;
        this.store = store;
        this.gateway = gateway == null ? new ScriptedGateway(clock) : gateway;
        EngineContext context = new EngineContext(clock, clock, () -> chance, executor, this::observe);
        registry = new LeaseRegistry(store, clock, clock, this::observe);
        gate = new ExchangeGate(new Budget(weight, ofMinutes(1), 0.2), clock, clock);
        engine = new RenewalEngine(registry, gate, this.gateway, policy, confirmation, context);
        leases = new Leases(registry, engine, clock, new Leases.Limits(Set.of("configured"), MOST_LEASES, PATIENCE));
        renewals = new OnDemandRenewals(leases, engine, gate, clock, PATIENCE);
    }

    /** Another process on the same store, before it took up what the store holds. */
    public CoreInVirtualTime afterACrash() {
        return new CoreInVirtualTime(clock, store, gateway, POLICY, Confirmation.NEVER, 200);
    }

    public CoreInVirtualTime restored() {
        registry.restore();
        leases.restore(Set.of());
        return this;
    }

    public CoreInVirtualTime watching(Lease... all) {
        for (Lease lease : all) {
            registry.insert(lease, Integer.MAX_VALUE).toCompletableFuture().join();
            engine.watch(lease);
        }
        events.clear();
        return this;
    }

    /** One tick, and all attempts that it started. */
    public void tick() {
        engine.tick();
        executor.runAll();
    }

    public void tickAt(Instant then) {
        clock.advanceTo(then);
        tick();
    }

    /** Between two ticks. */
    public void lookAt(Instant then) {
        clock.advanceTo(then);
        engine.dispatch();
        executor.runAll();
    }

    /** Ticks every second, as the application does, until then. */
    public void runUntil(Instant then) {
        while (clock.instant().isBefore(then)) {
            clock.advance(ofSeconds(1));
            tick();
        }
    }

    public Lease lease(String account) {
        return registry.find(account);
    }

    /** Tests jump over idle time: that is no stall. */
    private void observe(FleetEvent event) {
        if (!(event instanceof FleetEvent.LoopStalled)) {
            fleetEvents.add(event);
        }
        Runnable once = meanwhileToAll;
        meanwhileToAll = () -> {};
        once.run();
    }

    private void observe(RenewalEvent event) {
        events.add(event);
        Runnable once = meanwhile;
        meanwhile = () -> {};
        once.run();
    }
}
