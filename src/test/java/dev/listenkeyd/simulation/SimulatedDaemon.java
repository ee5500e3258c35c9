package dev.listenkeyd.simulation;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.budget.LimitAnswer;
import dev.listenkeyd.budget.LimitWatch;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseGateway;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.registration.Leases;
import dev.listenkeyd.registration.OnDemandRenewals;
import dev.listenkeyd.renewal.EngineContext;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.renewal.RenewalEngine;
import dev.listenkeyd.simulation.NetworkConditions.Fate;
import dev.listenkeyd.simulation.SimulatedExchange.Account;
import dev.listenkeyd.simulation.SimulatedExchange.Verb;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.NullUnmarked;

/** One life of the daemon, from its start to its crash: the real core, on simulated wires. */
@NullUnmarked
final class SimulatedDaemon implements Executor, LeaseGateway {
    /** Longest time a call may take. */
    static final long CALL_TIMEOUT = 5000;

    static final long TICK = 1000;
    private static final int SHARE_PER_CALL = 4;
    private static final int MOST_LEASES = 100_000;
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    final LeaseRegistry registry;
    final ExchangeGate gate;
    final RenewalEngine engine;
    final Leases leases;
    final OnDemandRenewals renewals;
    private final LimitWatch limitWatch;

    private final Simulation world;
    private final List<Call> inFlight = new ArrayList<>();
    private boolean dead;

    /** One call on its way. */
    private final class Call {
        final Verb verb;
        final Lease lease;
        final Account account;
        final Instant sentAt = world.clocks.instant();
        final long left = world.agenda.now();
        final long timeout;
        final Agenda.Sleep sleep = world.agenda.new Sleep();
        Fate fate;
        RenewalOutcome outcome;

        Call(Verb verb, Lease lease) {
            this.verb = verb;
            this.lease = lease;
            this.account = world.exchange.account(lease.account());
            this.timeout = world.agenda.now() + patience(lease);
        }

        void arrive() {
            if (world.weather.isOut() && fate == Fate.ANSWERED) {
                fate = Fate.SWALLOWED;
            }
            if (fate.arrives) {
                int created = account.created;
                outcome = world.exchange.act(verb, account, sentAt, left);
                world.acted(verb, lease, account.created > created);
            }
            long reply = world.agenda.now() + world.weather.leg();
            world.agenda.at(fate.knownSoon ? Math.min(reply, timeout) : timeout, () -> conclude(reply));
        }

        private void conclude(long reply) {
            if (world.faults.isAsleep() && !dead) {
                // Whatever comes now finds nobody awake, and the connection broken afterwards.
                fate = Fate.UNHEARD;
                world.agenda.at(world.faults.asleepUntil(), () -> conclude(reply));
                return;
            }
            boolean heard = fate == Fate.ANSWERED && reply <= timeout && !world.weather.isOut();
            if (!heard) {
                boolean garbled = fate == Fate.GARBLED || fate == Fate.MANGLED;
                outcome = world.exchange.failed(garbled ? Reason.GARBLED : Reason.UNREACHABLE);
            }
            sleep.end();
        }
    }

    SimulatedDaemon(Simulation world) {
        this.world = world;
        SimulationSetup setup = world.setup;
        registry = new LeaseRegistry(world.store.of(this), world.clocks, world.clocks, this::onEvent);
        gate = new ExchangeGate(setup.budget(), world.clocks, world.clocks);
        EngineContext context =
                new EngineContext(world.clocks, world.clocks, world.dice::nextDouble, this, this::happenedToAll);
        engine = new RenewalEngine(registry, gate, this, setup.policy(), setup.confirmation(), context);
        leases = new Leases(registry, engine, world.clocks, new Leases.Limits(Set.of(), MOST_LEASES, PATIENCE));
        renewals = new OnDemandRenewals(leases, engine, gate, world.clocks, PATIENCE);
        LimitWatch.Demand demand = new LimitWatch.Demand(
                setup.policy().ttl(),
                setup.policy().meanInterval(),
                () -> registry.all().size(),
                engine::callsNeeded);
        limitWatch = new LimitWatch(gate, patience -> limit(), demand, engine::onEvent, world.clocks);
    }

    /** As the application does at its start. */
    void restore() {
        gate.awaitLimit();
        registry.restore();
        leases.restore(Set.of());
        world.calls.restarted(gate.weightUsed(), world.store.pause);
        limitWatch.askFirst();
    }

    void tick() {
        // First: what the answer is must not come between a permit and its call, which leaves in the same instant here.
        limitWatch.askWhenDue();
        engine.tick();
    }

    /** Takes no time: of what a question takes the simulation knows nothing. */
    private LimitAnswer limit() {
        LimitAnswer answer = world.weather.isOut()
                ? new LimitAnswer.NotNamed(world.exchange.failed(Reason.UNREACHABLE))
                : world.exchange.limit();
        world.omniscient.question(world.agenda.now());
        world.calls.learn(answer.outcome());
        return answer;
    }

    long now() {
        return world.agenda.now();
    }

    long asleepUntil() {
        return world.faults.asleepUntil();
    }

    boolean isDead() {
        return dead;
    }

    /** What is on the wire gets there or not; what comes back is heard by nobody. */
    void die() {
        if (!dead) {
            dead = true;
            for (Call call : inFlight) {
                if (call.outcome == null && world.dice.nextBoolean()) {
                    call.fate = Fate.SWALLOWED;
                }
                world.agenda.in(0, call.sleep::end);
            }
            world.died();
        }
    }

    @Override
    public void execute(Runnable attempt) {
        if (dead) {
            throw new RejectedExecutionException("dead");
        }
        world.agenda.start(attempt);
    }

    private void onEvent(RenewalEvent event) {
        if (!dead) {
            world.happened(event);
        }
    }

    private void happenedToAll(FleetEvent event) {
        if (!dead) {
            world.chronicle.accept(event.toString());
            if (event instanceof FleetEvent.PauseLifted) {
                world.calls.pauseLifted();
            } else if (event instanceof FleetEvent.ExchangeUnreachable
                    || event instanceof FleetEvent.ExchangeReachable) {
                world.calls.outageTurned();
            }
        }
    }

    @Override
    public RenewalOutcome extend(Lease lease) {
        return call(Verb.PUT, lease);
    }

    @Override
    public RenewalOutcome activeKey(Lease lease) {
        return call(Verb.POST, lease);
    }

    @Override
    public RenewalOutcome close(Lease lease) {
        return call(Verb.DELETE, lease);
    }

    private RenewalOutcome call(Verb verb, Lease lease) {
        if (dead) {
            return world.exchange.failed(Reason.UNREACHABLE);
        }
        Lease row = world.store.rows.get(lease.account());
        world.chronicle.check(
                !lease.isPending() || (row != null && row.isSameRegistration(lease)),
                lease.account(),
                "a call for a registration that is not on disk");
        Call call = new Call(verb, lease);
        world.calls.leaves(verb, lease, gate);
        world.pauses.leaves(lease);
        call.fate = world.weather.fateOf(call.account);
        inFlight.add(call);
        world.agenda.in(world.weather.leg(), call::arrive);
        world.callWatch.accept(lease.account());
        world.agenda.sleep(call.sleep);
        inFlight.remove(call);
        if (dead) {
            return world.exchange.failed(Reason.UNREACHABLE);
        }
        if (call.fate == Fate.ANSWERED) {
            gate.observeUsedWeight(world.exchange.usedWeight(), world.minuteEnds());
        }
        world.answered(lease.account(), verb, call.outcome);
        return call.outcome;
    }

    /** As the gateway has it: a call that hangs leaves time for others. */
    private long patience(Lease lease) {
        Instant deadline = lease.expiresAt();
        long left = deadline == null
                ? Long.MAX_VALUE
                : Duration.between(world.clocks.instant(), deadline).toMillis() / SHARE_PER_CALL;
        return Math.max(1000, Math.min(CALL_TIMEOUT, left));
    }
}
