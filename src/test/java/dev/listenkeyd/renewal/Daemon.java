package dev.listenkeyd.renewal;

import static dev.listenkeyd.renewal.Given.POLICY;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;

import dev.listenkeyd.renewal.ExchangeGate.Budget;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;

/** The whole core, wired as the application does it, in virtual time. */
@NullUnmarked
final class Daemon {
    static final Duration PATIENCE = ofSeconds(5);
    static final int MOST_LEASES = 1000;

    final VirtualClock clock;
    final MemoryStore store;
    final ScriptedGateway gateway;
    final QueueingExecutor executor = new QueueingExecutor();
    final List<RenewalEvent> events = new ArrayList<>();
    final List<FleetEvent> fleetEvents = new ArrayList<>();
    /** Of the dice. */
    double chance;
    /** What else happens on each event. */
    Runnable meanwhile = () -> {};
    /** What else happens on the next event of the whole fleet. */
    Runnable meanwhileToAll = () -> {};

    final LeaseBook book;
    final ExchangeGate gate;
    final RenewalEngine engine;
    final Leases leases;
    final Renewals renewals;

    Daemon() {
        this(Confirmation.NEVER, 200);
    }

    Daemon(Confirmation confirmation, int weight) {
        this(new VirtualClock(), new MemoryStore(), null, confirmation, weight);
    }

    private Daemon(
            VirtualClock clock, MemoryStore store, ScriptedGateway gateway, Confirmation confirmation, int weight) {
        this.clock = clock;
        this.store = store;
        this.gateway = gateway == null ? new ScriptedGateway(clock) : gateway;
        Surroundings surroundings =
                new Surroundings(clock, clock, () -> chance, executor, this::observe, this::observe);
        book = new LeaseBook(store, clock);
        gate = new ExchangeGate(new Budget(weight, ofMinutes(1), 0.2), clock, clock);
        engine = new RenewalEngine(book, gate, this.gateway, POLICY, confirmation, surroundings);
        leases = new Leases(book, engine, surroundings, Set.of("configured"), MOST_LEASES, PATIENCE);
        renewals = new Renewals(leases, engine, gate, clock, PATIENCE);
    }

    /** Another process on the same store, before it took up what the store holds. */
    Daemon afterACrash() {
        return new Daemon(clock, store, gateway, Confirmation.NEVER, 200);
    }

    Daemon restored() {
        book.restore();
        leases.restore(Set.of());
        return this;
    }

    Daemon watching(Lease... all) {
        for (Lease lease : all) {
            book.insert(lease, Integer.MAX_VALUE).toCompletableFuture().join();
            engine.watch(lease);
        }
        return this;
    }

    /** One tick, and all attempts that it started. */
    void tick() {
        engine.tick();
        executor.runAll();
    }

    void tickAt(Instant then) {
        clock.advanceTo(then);
        tick();
    }

    /** Between two ticks. */
    void lookAt(Instant then) {
        clock.advanceTo(then);
        engine.dispatch();
        executor.runAll();
    }

    /** Ticks every second, as the application does, until then. */
    void runUntil(Instant then) {
        while (clock.instant().isBefore(then)) {
            clock.advance(ofSeconds(1));
            tick();
        }
    }

    Lease lease(String account) {
        return book.find(account);
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
