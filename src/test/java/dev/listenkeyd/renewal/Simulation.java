package dev.listenkeyd.renewal;

import static dev.listenkeyd.renewal.Given.API_KEY;
import static dev.listenkeyd.renewal.Given.POLICY;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;

import dev.listenkeyd.renewal.ExchangeGate.Budget;
import dev.listenkeyd.renewal.LeaseState.Lost;
import dev.listenkeyd.renewal.Leases.Request;
import dev.listenkeyd.renewal.RenewalOutcome.Failed;
import dev.listenkeyd.renewal.RenewalOutcome.Paused;
import dev.listenkeyd.renewal.SimulatedExchange.Account;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import org.jspecify.annotations.NullUnmarked;

/** The core against an exchange, event by event in virtual time; everything follows from one seed. */
@NullUnmarked
final class Simulation {
    private static final int WEIGHT = 200;
    private static final int SLOWEST_MILLIS = 5000;

    private record Planned(Instant at, long order, Runnable what) implements Comparable<Planned> {
        @Override
        public int compareTo(Planned other) {
            int byTime = at.compareTo(other.at);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    final VirtualClock clock = new VirtualClock();
    final SimulatedExchange exchange;
    final Invariants invariants;
    final MemoryStore store = new MemoryStore();
    Life process;
    long crashes;

    private final Random dice;
    private final int accounts;
    private final PriorityQueue<Planned> agenda = new PriorityQueue<>();
    private long planned;
    private Instant slowUntil = Instant.MIN;

    Simulation(long seed, int accounts) {
        this.dice = new Random(seed);
        this.accounts = accounts;
        this.exchange = new SimulatedExchange(clock, dice);
        // A mass return is bounded by the budget; a probe after a pause may take as long as a call may.
        Duration needed = ofSeconds(60L * accounts / WEIGHT + 60);
        this.invariants = new Invariants(seed, clock, exchange, WEIGHT, needed);
        this.process = new Life();
        for (int i = 0; i < accounts; i++) {
            String account = "a" + i;
            plan(ofSeconds(dice.nextInt(3600)), () -> register(account));
        }
    }

    // --- the daemon

    /** One life of the daemon, from start to crash. */
    final class Life implements Executor, LeaseGateway {
        final LeaseBook book = new LeaseBook(new StoreOfTheLiving(this, store));
        final ExchangeGate gate = new ExchangeGate(new Budget(WEIGHT, ofMinutes(1), 0.2), clock, clock);
        final RenewalEngine engine;
        final Leases leases;
        private final List<Runnable> inFlight = new ArrayList<>();
        private boolean dead;
        private Instant sentAt = Instant.MIN;
        private boolean firstCall;

        Life() {
            Surroundings surroundings =
                    new Surroundings(clock, clock, dice::nextDouble, this, this::happened, event -> {});
            engine = new RenewalEngine(book, gate, this, POLICY, Confirmation.AUTO, surroundings);
            leases = new Leases(book, engine, surroundings, Set.of(), ofSeconds(5));
        }

        @Override
        public void execute(Runnable attempt) {
            if (dead) {
                return;
            }
            Instant now = clock.instant();
            forgetWhatNeverLeft();
            invariants.leaves(now, gate);
            inFlight.add(attempt);
            plan(latency(), () -> run(attempt, now));
        }

        private void run(Runnable attempt, Instant startedAt) {
            if (!dead) {
                inFlight.remove(attempt);
                sentAt = startedAt;
                firstCall = true;
                attempt.run();
                forgetWhatNeverLeft();
            }
        }

        /** The weight of an attempt that made no call is free for the next, which may start before it has returned. */
        private void forgetWhatNeverLeft() {
            if (firstCall) {
                invariants.neverLeft(sentAt);
                firstCall = false;
            }
        }

        /** What was on the wire arrives or not; what comes back is heard by nobody. */
        void die() {
            dead = true;
            inFlight.stream().filter(attempt -> dice.nextBoolean()).forEach(attempt -> {
                firstCall = true;
                attempt.run();
            });
        }

        private void happened(RenewalEvent event) {
            if (!dead) {
                invariants.happened(event);
            }
        }

        @Override
        public RenewalOutcome extend(Lease lease) {
            return call(lease, exchange::extend);
        }

        @Override
        public RenewalOutcome activeKey(Lease lease) {
            return call(lease, exchange::activeKey);
        }

        @Override
        public RenewalOutcome close(Lease lease) {
            return call(lease, exchange::close);
        }

        private RenewalOutcome call(Lease lease, BiFunction<String, Instant, RenewalOutcome> method) {
            Instant now = clock.instant();
            boolean first = firstCall;
            firstCall = false;
            if (dead && !first) {
                return new Failed(Given.failure(Failure.Reason.UNREACHABLE, now));
            }
            if (first && !dead) {
                invariants.attempt(lease.account(), sentAt, now);
            } else if (!dead) {
                invariants.leaves(now, gate);
            }
            RenewalOutcome outcome = method.apply(lease.account(), first ? sentAt : now);
            gate.observeUsedWeight(exchange.usedWeight(), exchange.minuteEnds());
            if (outcome instanceof Paused paused) {
                invariants.trouble(null, now, paused.until(), "paused");
            }
            return outcome;
        }
    }

    /** A dead process writes nothing. */
    private record StoreOfTheLiving(Life owner, MemoryStore store) implements LeaseStore {
        @Override
        public void insert(Lease lease) {
            living().insert(lease);
        }

        @Override
        public void replace(Lease lease) {
            living().replace(lease);
        }

        @Override
        public void delete(Lease lease) {
            living().delete(lease);
        }

        @Override
        public List<Lease> live() {
            return store.live();
        }

        @Override
        public void savePause(Pause pause) {
            living().savePause(pause);
        }

        @Override
        public Pause pause() {
            return store.pause();
        }

        private LeaseStore living() {
            if (owner.dead) {
                throw new StoreException("its process is dead", new IllegalStateException());
            }
            return store;
        }
    }

    // --- time

    void runFor(Duration time) {
        Instant end = clock.instant().plus(time);
        Instant tick = clock.instant();
        while (tick.isBefore(end)) {
            tick = tick.plusSeconds(1);
            while (!agenda.isEmpty() && !agenda.peek().at().isAfter(tick)) {
                Planned next = agenda.poll();
                clock.advanceTo(next.at());
                next.what().run();
            }
            clock.advanceTo(tick);
            if (!process.dead) {
                process.engine.tick();
            }
        }
    }

    private void plan(Duration in, Runnable what) {
        agenda.add(new Planned(clock.instant().plus(in), planned++, what));
    }

    private Duration latency() {
        boolean slow = clock.instant().isBefore(slowUntil);
        return ofMillis(slow ? 1 + dice.nextInt(SLOWEST_MILLIS) : 20 + dice.nextInt(200));
    }

    // --- weather

    /** Every kind of trouble, now and then, for that long; the last of it ends soon after. */
    void roughWeather(Duration time) {
        Instant end = clock.instant().plus(time);
        often(end, ofHours(10), () -> outage(ofMinutes(1 + dice.nextInt(80))));
        often(end, ofHours(2), () -> outage(ofSeconds(1 + dice.nextInt(120))));
        often(end, ofHours(7), () -> storm(ofSeconds(1 + dice.nextInt(600))));
        often(end, ofHours(33), () -> ban(ofMinutes(2 + dice.nextInt(30))));
        often(end, ofHours(5), () -> slowUntil = clock.instant().plusSeconds(dice.nextInt(1200)));
        often(end, ofHours(1), () -> refuse(anybody(), ofMinutes(1 + dice.nextInt(90))));
        often(end, ofMinutes(20), () -> touch(anybody()));
        often(end, ofHours(8), () -> crash(ofSeconds(2 + dice.nextInt(1200))));
        often(end, ofHours(7), () -> storeDown(ofSeconds(1 + dice.nextInt(1800))));
        often(end, ofMinutes(10), this::aCaller);
    }

    /** Repeats at random intervals, so often on average, until then. */
    private void often(Instant end, Duration onAverage, Runnable what) {
        Duration in = ofMillis((long) (onAverage.toMillis() * 2 * dice.nextDouble()));
        plan(in, () -> {
            if (clock.instant().isBefore(end)) {
                what.run();
                often(end, onAverage, what);
            }
        });
    }

    void outage(Duration time) {
        Instant until = clock.instant().plus(time);
        exchange.outageUntil = until.isAfter(exchange.outageUntil) ? until : exchange.outageUntil;
        invariants.trouble(null, clock.instant(), until, "outage");
    }

    private void storm(Duration time) {
        exchange.stormUntil = clock.instant().plus(time);
        invariants.trouble(null, clock.instant(), exchange.stormUntil.plusSeconds(61), "storm");
    }

    private void ban(Duration time) {
        exchange.bannedUntil = clock.instant().plus(time);
        invariants.trouble(null, clock.instant(), exchange.bannedUntil, "ban");
    }

    private void refuse(String account, Duration time) {
        exchange.account(account).refusedUntil = clock.instant().plus(time);
        Instant noticed = clock.instant().plus(time).plus(Backoff.SLOW_RETRY);
        invariants.trouble(account, clock.instant(), noticed, "refused");
    }

    /** Another program closes the key, or replaces it. */
    private void touch(String name) {
        Account account = exchange.account(name);
        account.touched = true;
        account.key = null;
        if (dice.nextBoolean()) {
            account.makeKey(clock.instant());
        }
        invariants.tell(name, clock.instant() + " closed or replaced by somebody else");
    }

    private void storeDown(Duration time) {
        store.down = true;
        plan(time, () -> store.down = false);
    }

    private void crash(Duration time) {
        if (process.dead) {
            return;
        }
        crashes++;
        process.die();
        process.book.all().forEach(this::forgetWhatWasNotStored);
        invariants.trouble(null, clock.instant(), clock.instant().plus(time), "crash");
        plan(time, this::start);
    }

    /** The next process will remember an older deadline, or another key than it finds. */
    private void forgetWhatWasNotStored(Lease lease) {
        Lease row = store.rows.get(lease.account());
        Account account = exchange.account(lease.account());
        account.touched |= row == null || row.version() < lease.version();
    }

    private void start() {
        process = new Life();
        process.gate.recall(invariants.weightInWindow(clock.instant()));
        process.book.restore();
        invariants.restarted(process.book.all());
        process.leases.restore(Set.of());
    }

    // --- callers

    private String anybody() {
        return "a" + dice.nextInt(accounts);
    }

    private void aCaller() {
        String account = anybody();
        if (process.dead) {
            return;
        }
        Lease lease = process.book.find(account);
        if (lease == null) {
            register(account);
        } else if (lease.state() instanceof Lost || dice.nextInt(10) == 0) {
            release(account);
        } else {
            invariants.mayHurry(account);
            process.leases.renew(account);
        }
    }

    private void register(String account) {
        if (process.dead || store.down) {
            plan(ofMinutes(5), () -> register(account));
            return;
        }
        invariants.mayHurry(account);
        OnLoss onLoss = dice.nextInt(5) == 0 ? OnLoss.REPORT : OnLoss.RECREATE;
        process.leases.register(new Request(account, API_KEY, null, onLoss, "bot"));
    }

    private void release(String account) {
        if (!store.down) {
            process.leases.release(account, "bot", false);
            invariants.ended(account);
            plan(ofMinutes(10), () -> register(account));
        }
    }
}
