package dev.listenkeyd.fleet;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.budget.LimitAnswer;
import dev.listenkeyd.budget.LimitWatch;
import dev.listenkeyd.lease.EventType;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.FeedEvent.LeaseFacts;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.registration.Leases;
import dev.listenkeyd.registration.OnDemandRenewals;
import dev.listenkeyd.renewal.EngineContext;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.renewal.RenewalEngine;
import dev.listenkeyd.simulation.SimulationSetup;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.NullUnmarked;

/** One life of a replica, from its start to its stop or crash: the real core, on simulated wires. */
@NullUnmarked
final class MemberProcess implements Executor {
    private static final long TICK = 1000;
    private static final long POLL = 200;
    private static final int MOST_LEASES = 100_000;
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    /** Longest wait of a stop for what is under way. */
    private static final long DRAIN = 20_000;

    private static final long EVENTS_PER_PROCESS = 1_000_000_000;

    final Machine machine;
    final String id;
    final LeaseRegistry registry;
    final ExchangeGate gate;
    final RenewalEngine engine;
    final Leases leases;
    final OnDemandRenewals renewals;
    final Fleet fleet;
    final MemberAccess store;
    final ExchangeCalls calls;

    private final FleetSimulation world;
    private final LimitWatch limitWatch;
    private final SerialThread thread;
    private final Deque<FeedEvent> unwritten = new ArrayDeque<>();
    private long events;
    private boolean writingEvents;
    private boolean dead;
    private boolean stopping;
    private long stoppedAt;
    private boolean beats;
    private boolean polls;

    MemberProcess(FleetSimulation world, Machine machine, int number) {
        this.world = world;
        this.machine = machine;
        this.id = machine.name + "-" + number;
        this.events = number * EVENTS_PER_PROCESS;
        SimulationSetup setup = world.setup.each();
        store = new MemberAccess(this, world.database);
        thread = new SerialThread(this);
        calls = new ExchangeCalls(world, this);
        registry = new LeaseRegistry(store, machine.clocks, machine.clocks, this::onEvent, this::notOwned);
        gate = new ExchangeGate(setup.budget(), machine.clocks, machine.clocks);
        EngineContext context = new EngineContext(
                machine.clocks, machine.clocks, world.dice::nextDouble, this, event -> world.happened(this, event));
        engine = new RenewalEngine(registry, gate, calls, setup.policy(), setup.confirmation(), context);
        fleet = new Fleet(
                store,
                registry,
                engine,
                gate,
                new MemberListener(world, this),
                new FleetContext(machine.clocks, machine.clocks, thread, world.setup.ttl()));
        leases =
                new Leases(registry, engine, machine.clocks, new Leases.Limits(Set.of(), MOST_LEASES, PATIENCE), fleet);
        renewals = new OnDemandRenewals(leases, engine, gate, machine.clocks, PATIENCE);
        LimitWatch.Demand demand = new LimitWatch.Demand(
                setup.policy().ttl(),
                setup.policy().meanInterval(),
                () -> registry.all().size(),
                engine::callsNeeded);
        limitWatch = new LimitWatch(gate, patience -> limit(), demand, engine::onEvent, machine.clocks);
    }

    /** As the application does at its start. */
    void start() {
        gate.awaitLimit();
        registry.restore();
        leases.restore(Set.of());
        limitWatch.askFirst();
        repeat(TICK, this::tick);
        repeat(TICK, this::beat);
        repeat(POLL, this::poll);
    }

    private void repeat(long every, Runnable what) {
        machine.agenda.in(machine.dice.nextInt((int) every), new Runnable() {
            @Override
            public void run() {
                if (!dead) {
                    machine.agenda.in(every, this);
                    if (!machine.isAsleep()) {
                        what.run();
                    }
                }
            }
        });
    }

    private void tick() {
        if (!world.database.defects.seesNoReturn) {
            limitWatch.askWhenDue();
        }
        engine.tick();
        writeEvents();
        if (stopping) {
            leaveWhenDone();
        }
    }

    private void beat() {
        if (!beats) {
            beats = true;
            thread.execute(() -> {
                beats = false;
                fleet.beat();
            });
        }
    }

    private void poll() {
        if (!polls) {
            polls = true;
            thread.execute(() -> {
                polls = false;
                fleet.poll();
            });
        }
    }

    private LimitAnswer limit() {
        world.losses.bound.omniscient.spend(this);
        return machine.network.isOut()
                ? new LimitAnswer.NotNamed(machine.exchange.failed(dev.listenkeyd.lease.Failure.Reason.UNREACHABLE))
                : machine.exchange.limit();
    }

    /** As the application does at its stop: no more calls, all rows on disk, then the leases go to others. */
    void stop() {
        if (!stopping) {
            stopping = true;
            stoppedAt = machine.agenda.now();
            engine.stop();
            if (!world.database.defects.keepsItsLeases) {
                fleet.drain();
            }
        }
    }

    boolean isStopping() {
        return stopping;
    }

    private void leaveWhenDone() {
        boolean done = engine.inFlight() == 0 && registry.unwritten() == 0 && unwritten.isEmpty();
        if (done || machine.agenda.now() - stoppedAt > DRAIN) {
            thread.execute(() -> {
                boolean quick = machine.isQuick();
                if (!world.database.defects.keepsItsLeases) {
                    fleet.leave();
                }
                if (quick && machine.isQuick() && done && !dead) {
                    world.ownership.left(this);
                }
                die();
            });
        }
    }

    boolean isDead() {
        return dead;
    }

    /** What is on its way gets there or not; what comes back is heard by nobody. */
    void die() {
        if (!dead) {
            dead = true;
            calls.die();
            store.die();
            world.died(this);
        }
    }

    @Override
    public void execute(Runnable attempt) {
        if (dead) {
            throw new RejectedExecutionException("dead");
        }
        machine.agenda.start(attempt);
    }

    private void notOwned(String account) {
        if (!dead) {
            fleet.notOwned(account);
        }
    }

    private void onEvent(RenewalEvent event) {
        if (dead) {
            return;
        }
        world.happened(this, event);
        if (!event.isCheck() && !Objects.equals(event.before(), event.after())) {
            Lease lease = event.lease();
            EventType type = event.before() == null
                    ? EventType.REGISTERED
                    : event.after() == null ? EventType.RELEASED : EventType.HOLDERS;
            LeaseFacts facts = new LeaseFacts(
                    lease.account(), lease.version(), "ACTIVE", lease.generation(), null, lease.expiresAt(), null);
            unwritten.add(SimulatedEvents.event(++events, event.at(), type, facts));
            writeEvents();
        }
    }

    private void writeEvents() {
        if (writingEvents || unwritten.isEmpty()) {
            return;
        }
        writingEvents = true;
        List<FeedEvent> batch = new ArrayList<>(unwritten);
        store.append(batch).whenComplete((written, failure) -> {
            writingEvents = false;
            if (failure == null) {
                unwritten.removeAll(batch);
                writeEvents();
            }
        });
    }
}
