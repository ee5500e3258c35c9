package dev.listenkeyd.simulation;

import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.simulation.Omniscient.Job;
import dev.listenkeyd.simulation.SimulatedExchange.Account;
import dev.listenkeyd.simulation.SimulatedExchange.Verb;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.NullUnmarked;

/**
 * The core against an exchange, event by event in virtual time; everything follows from one seed. Start at {@link
 * Faults} and {@link RandomFaults} for what is done to it, at {@link CallInvariants}, {@link LeaseInvariants}, {@link
 * LossInvariants}, {@link PauseInvariants} and {@link MinutelyInvariants} for what must hold, at {@link Omniscient} for what it is measured against, and at {@link Agenda} for how time
 * passes.
 */
@NullUnmarked
final class Simulation implements AutoCloseable {
    private static final long MINUTE = 60_000;

    final SimulationSetup setup;
    final Agenda agenda = new Agenda();
    final VirtualClocks clocks = new VirtualClocks(agenda);
    final Random dice;
    final SimulatedExchange exchange;
    final NetworkConditions weather;
    final SimulatedStore store;
    final EventHistory chronicle;
    final CallInvariants calls;
    final LeaseInvariants leases;
    final LossInvariants losses;
    final PauseInvariants pauses;
    final Omniscient omniscient;
    final MinutelyInvariants watchman;
    final Faults faults;
    SimulatedDaemon process;

    /** Told the account of every call that leaves. */
    Consumer<String> callWatch = account -> {};

    /** Told of everything that the daemon tells. */
    Consumer<RenewalEvent> observer = event -> {};

    long crashes;
    /** Leases that expired since all was calm, and since the start. */
    int expiredLately;

    long expired;

    private final Map<String, Job> jobs = new HashMap<>();

    Simulation(SimulationSetup setup) {
        this(setup, exchange -> {});
    }

    /** @param prepared what the exchange is like before the first process starts */
    Simulation(SimulationSetup setup, Consumer<SimulatedExchange> prepared) {
        this.setup = setup;
        dice = new Random(setup.seed());
        exchange = new SimulatedExchange(agenda, clocks, dice);
        prepared.accept(exchange);
        weather = new NetworkConditions(agenda, dice);
        store = new SimulatedStore(agenda, dice);
        chronicle = new EventHistory(setup, agenda);
        calls = new CallInvariants(setup, agenda, clocks, chronicle);
        leases = new LeaseInvariants(setup, agenda, clocks, chronicle);
        losses = new LossInvariants(store, chronicle);
        pauses = new PauseInvariants(this);
        omniscient = new Omniscient(new Handicaps(setup, weather), clocks);
        watchman = new MinutelyInvariants(this);
        faults = new Faults(this);
        process = new SimulatedDaemon(this);
        process.restore();
        agenda.in(SimulatedDaemon.TICK, this::tick);
    }

    void runFor(Duration time) {
        agenda.runUntil(agenda.now() + time.toMillis());
    }

    /** Wakes all who wait for a reply, so that their threads come to an end. */
    @Override
    public void close() {
        process.die();
        try {
            agenda.runUntil(agenda.now());
        } finally {
            agenda.close();
        }
    }

    private void tick() {
        agenda.in(SimulatedDaemon.TICK, this::tick);
        if (isRunning()) {
            process.tick();
            watchman.look();
        } else {
            watchman.rest();
        }
        look();
    }

    boolean isRunning() {
        return !process.isDead() && !faults.isAsleep();
    }

    /** Tells the omniscient whether the exchange would serve a call that left now; it waits for a noisy neighbour, too. */
    void look() {
        boolean serving = isRunning()
                && !weather.isOut()
                && agenda.now() >= weather.slowUntil
                && exchange.serves()
                && !faults.isNoisyNow()
                && process.gate.closed() == null;
        omniscient.serving(serving, agenda.now());
        omniscient.allow(process.gate.weightLimit(), agenda.now());
    }

    /** As the gateway computes it: by the daemon's own clock. */
    Instant minuteEnds() {
        long wall = clocks.instant().toEpochMilli();
        return Instant.ofEpochMilli((wall / MINUTE + 1) * MINUTE);
    }

    // --- what the daemon does

    void happened(RenewalEvent event) {
        Lease lease = event.lease();
        Account account = exchange.account(lease.account());
        chronicle.accept(account.name, event);
        leases.happened(event, account);
        losses.happened(event);
        pauses.happened(event);
        Lease row = store.rows.get(account.name);
        boolean back = event.after() == null && row != null && row.isSameRegistration(lease);
        chronicle.check(!back, account.name, "its row is still there after its end");
        observer.accept(event);
        settle(event, account.name);
    }

    private void settle(RenewalEvent event, String account) {
        Lease after = event.after();
        Job job = jobs.get(account);
        // Nobody can keep a key while its account is paused: there is no job until the pause is over.
        boolean paused = after != null && after.pause() != null;
        boolean resumed = !paused && event.before() != null && event.before().pause() != null;
        boolean renewed = !paused
                && after != null
                && after.isLive()
                && event.outcome() != null
                && event.outcome().failed() == null;
        boolean lost = event.isLoss() && !renewed;
        if (!paused && lost && after.lastLoss().cause() == LossCause.EXPIRED) {
            expired++;
            expiredLately++;
            jobs.remove(account);
            omniscient.advance(agenda.now());
            chronicle.check(
                    expiredLately <= omniscient.lost,
                    account,
                    () -> "lost " + expiredLately + " leases where " + omniscient.lost + " had to be lost; this one: "
                            + job);
        } else if (job != null && (paused || after == null || lost || (renewed && job.release > agenda.now()))) {
            omniscient.cancel(job);
            jobs.remove(account);
        }
        if (renewed || (resumed && after != null && after.isLive())) {
            jobs.put(account, newJob(after));
        }
    }

    private Job newJob(Lease lease) {
        return omniscient.released(
                lease.account(),
                clocks.trueMillis(lease.state().nextAttemptAt()),
                clocks.trueMillis(lease.expiresAt()),
                lease.state().failures() > 0 && lease.lastFailure().reason().needsOperator());
    }

    void acted(Verb verb, Lease lease, boolean created) {
        Account account = exchange.account(lease.account());
        // A DELETE that nobody hears of leaves a lease that holds nothing.
        account.touched |= verb == Verb.DELETE;
        if (created) {
            calls.created(verb, lease, account);
        }
    }

    void answered(String account, Verb verb, RenewalOutcome outcome) {
        calls.answered(account, outcome);
        leases.answered(account, verb, outcome, calls.isAsked(account));
        look();
    }

    void died() {
        crashes++;
        chronicle.accept("the process dies");
        losses.died();
        process.registry.all().forEach(this::forgetWhatWasNotStored);
        look();
        agenda.in(faults.downtime(), this::start);
    }

    /** The next process will remember an older deadline, or another key than it finds. */
    private void forgetWhatWasNotStored(Lease lease) {
        exchange.account(lease.account()).touched |= !store.holds(lease);
    }

    private void start() {
        if (faults.isAsleep()) {
            agenda.at(faults.asleepUntil(), this::start);
            return;
        }
        chronicle.accept("the process starts");
        jobs.values().forEach(omniscient::cancel);
        jobs.clear();
        leases.restarted(store.rows.values());
        pauses.restarted(store.rows);
        process = new SimulatedDaemon(this);
        process.restore();
        process.registry.all().stream()
                .filter(lease -> lease.isLive() && lease.pause() == null)
                .forEach(lease -> jobs.put(lease.account(), newJob(lease)));
        look();
        omniscient.spend(process.gate.weightUsed(), agenda.now());
        watchman.begin();
    }
}
