package dev.listenkeyd.fleet;

import dev.listenkeyd.fleet.FleetListener.Takeover;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.simulation.Agenda;
import dev.listenkeyd.simulation.EventHistory;
import dev.listenkeyd.simulation.SimulatedExchange;
import dev.listenkeyd.simulation.VirtualClocks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;

/**
 * Several replicas of the core on one database and one exchange, event by event in virtual time; everything follows from one seed.
 * Start at {@link FleetFaults} for what is done to them, at {@link OwnershipInvariants}, {@link FleetCalls}, {@link FleetLosses}, {@link
 * RowInvariants}, {@link SubscriberInvariants} and {@link FleetClients} for what must hold.
 */
@NullUnmarked
final class FleetSimulation implements AutoCloseable {
    private static final long SECOND = 1000;
    private static final long SECONDS_PER_LOOK = 5;

    final FleetSetup setup;
    final Agenda agenda = new Agenda();
    final Random dice;
    final EventHistory history;
    final RowInvariants rows;
    final FleetDatabase database;
    /** The exchange by true time, as nobody's IP sees it. */
    final SimulatedExchange exchange;

    final OwnershipInvariants ownership;
    final SubscriberInvariants subscribers;
    final FleetCalls calls;
    final FleetLosses losses;
    final List<Machine> machines = new ArrayList<>();
    final Map<Takeover, Integer> takeovers = new EnumMap<>(Takeover.class);
    int crashes;
    private final Map<String, Long> changedAt = new HashMap<>();
    private final Map<String, MemberProcess> living = new HashMap<>();
    private int processes;
    /** Told every second. */
    Runnable watch = () -> {};

    FleetSimulation(FleetSetup setup) {
        this.setup = setup;
        dice = new Random(setup.each().seed());
        history = new EventHistory(setup.each(), agenda);
        rows = new RowInvariants(this);
        database = new FleetDatabase(agenda, setup.ttl().toMillis(), rows);
        exchange = new SimulatedExchange(agenda, new VirtualClocks(agenda), dice);
        ownership = new OwnershipInvariants(this);
        subscribers = new SubscriberInvariants(history);
        calls = new FleetCalls(this);
        losses = new FleetLosses(this);
        for (int i = 0; i < setup.replicas(); i++) {
            machines.add(new Machine(this, "r" + i, exchange));
        }
        agenda.in(SECOND, this::look);
    }

    void runFor(Duration time) {
        agenda.runUntil(agenda.now() + time.toMillis());
    }

    private void look() {
        agenda.in(SECOND, this::look);
        lookAtMachines();
        ownership.look();
        losses.lookAtBound();
        if (agenda.now() % (SECONDS_PER_LOOK * SECOND) == 0) {
            losses.look();
        }
        watch.run();
    }

    /** Also whenever something was done to a machine. */
    void lookAtMachines() {
        machines.forEach(machine -> machine.health.look());
        losses.bound.omniscient.look();
    }

    void start(Machine machine) {
        if (machine.isAsleep()) {
            agenda.at(machine.asleepUntil(), () -> start(machine));
        } else if (machine.process == null || machine.process.isDead()) {
            machine.process = new MemberProcess(this, machine, ++processes);
            history.accept(machine.process.id + " starts");
            living.put(machine.process.id, machine.process);
            losses.bound.omniscient.started(machine.process);
            machine.process.start();
        }
    }

    Stream<MemberProcess> running() {
        return machines.stream().filter(Machine::isRunning).map(machine -> machine.process);
    }

    MemberProcess anyRunning() {
        List<MemberProcess> all =
                running().filter(process -> !process.isStopping()).toList();
        return all.isEmpty() ? null : all.get(dice.nextInt(all.size()));
    }

    /** Null when it has ended. */
    MemberProcess process(String id) {
        return id == null ? null : living.get(id);
    }

    void died(MemberProcess process) {
        living.remove(process.id);
        history.accept(process.id + (process.isStopping() ? " has stopped" : " dies"));
        lookAtMachines();
    }

    void happened(MemberProcess process, RenewalEvent event) {
        String account = event.lease().account();
        changedAt.put(account, agenda.now());
        history.accept(account, process.id + " v" + event.lease().version() + ":");
        history.accept(account, event);
        subscribers.told(process, event);
        losses.happened(process, event);
        rows.happened(event);
    }

    /** Whether a change may be on its way to the database, or from there to other replicas. */
    boolean isChanging(String account) {
        return agenda.now() - changedAt.getOrDefault(account, 0L) < 2 * SECOND;
    }

    void happened(MemberProcess process, FleetEvent event) {
        if (!process.isDead()) {
            history.accept(process.id + ": " + event);
        }
    }

    @Override
    public void close() {
        machines.stream().filter(machine -> machine.process != null).forEach(machine -> machine.process.die());
        try {
            agenda.runUntil(agenda.now());
        } finally {
            agenda.close();
        }
    }
}
