package dev.listenkeyd.fleet;

import dev.listenkeyd.fleet.FleetDatabase.Transaction;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.simulation.Agenda;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.NullUnmarked;

/** One member's way to the database: what is sent may not get there, and the answer may not get back. */
@NullUnmarked
final class Connection {
    /** Longest time on the wire, and of a commit, in milliseconds, while all is well. */
    private static final int LEG = 4;

    private static final int COMMIT = 12;
    private static final int SLOW_COMMIT = 3000;
    /** Until a member knows that no answer comes. */
    private static final int TIMEOUT = 2000;
    /** One of so many calls takes any time at all while all is well; the others are over at once. */
    private static final int SLOW_ONES = 6;

    /** One for all: nobody reads its stack. */
    private final StoreException failed = new StoreException("simulated", new IllegalStateException());

    private final MemberProcess process;
    private final Machine machine;
    private final FleetDatabase database;
    private final Agenda agenda;
    private final Random dice;
    private final Set<Agenda.Sleep> waiting = new HashSet<>();

    Connection(MemberProcess process, FleetDatabase database) {
        this.process = process;
        this.machine = process.machine;
        this.database = database;
        this.agenda = machine.agenda;
        this.dice = machine.dice;
    }

    private final class Trip<T> {
        private final Function<Transaction, T> work;
        private final BiConsumer<T, StoreException> ended;
        private T result;

        Trip(Function<Transaction, T> work, BiConsumer<T, StoreException> ended) {
            this.work = work;
            this.ended = ended;
        }

        private void arrive() {
            if (!machine.reachesDatabase()) {
                agenda.in(dice.nextBoolean() ? TIMEOUT : 1, () -> answer(false));
                return;
            }
            Transaction transaction = database.begin();
            agenda.in(dice.nextInt(machine.isSlow() ? SLOW_COMMIT : COMMIT), () -> commit(transaction));
        }

        private void commit(Transaction transaction) {
            boolean committed = !database.isDown() && !(machine.isFlaky() && dice.nextInt(4) == 0);
            if (committed) {
                result = work.apply(transaction);
            }
            database.end(transaction);
            agenda.in(dice.nextInt(LEG), () -> answer(committed));
        }

        private void answer(boolean committed) {
            if (process.isDead()) {
                return;
            }
            if (machine.isAsleep()) {
                // The connection may have been cut meanwhile.
                boolean kept = committed && dice.nextBoolean();
                agenda.at(machine.asleepUntil(), () -> answer(kept));
                return;
            }
            boolean heard = committed && machine.reachesDatabase() && !(machine.isFlaky() && dice.nextInt(3) == 0);
            if (heard || !committed) {
                end(heard);
            } else {
                agenda.in(dice.nextBoolean() ? TIMEOUT : 1, () -> end(false));
            }
        }

        private void end(boolean heard) {
            if (machine.isAsleep() && !process.isDead()) {
                agenda.at(machine.asleepUntil(), () -> end(heard));
            } else if (!process.isDead()) {
                ended.accept(heard ? result : null, heard ? null : failed);
            }
        }
    }

    /** Sends a transaction; the answer is told later. */
    <T> void send(Function<Transaction, T> work, BiConsumer<T, StoreException> ended) {
        Trip<T> trip = new Trip<>(work, ended);
        agenda.in(dice.nextInt(LEG), trip::arrive);
    }

    /** Makes a transaction and waits for its answer. */
    <T> T call(Function<Transaction, T> work) {
        if (process.isDead()) {
            throw failed;
        }
        if (machine.isQuick() && dice.nextInt(SLOW_ONES) != 0) {
            Transaction now = database.begin();
            T result = work.apply(now);
            database.end(now);
            return result;
        }
        return sleptFor(work);
    }

    private <T> T sleptFor(Function<Transaction, T> work) {
        Agenda.Sleep sleep = agenda.new Sleep();
        Answer<T> answer = new Answer<>();
        waiting.add(sleep);
        send(work, (result, failure) -> {
            answer.heard = failure == null;
            answer.result = result;
            sleep.end();
        });
        agenda.sleep(sleep);
        waiting.remove(sleep);
        if (process.isDead() || !answer.heard) {
            throw failed;
        }
        return answer.result;
    }

    private static final class Answer<T> {
        private boolean heard;
        private T result;
    }

    /** Wakes all who wait. */
    void die() {
        waiting.forEach(sleep -> agenda.in(0, sleep::end));
    }
}
