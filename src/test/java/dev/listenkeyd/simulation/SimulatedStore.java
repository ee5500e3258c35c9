package dev.listenkeyd.simulation;

import dev.listenkeyd.lease.ChangeRecords;
import dev.listenkeyd.lease.Delivery;
import dev.listenkeyd.lease.DeliveryRows;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseStore;
import dev.listenkeyd.lease.Loss;
import dev.listenkeyd.lease.LossRows;
import dev.listenkeyd.lease.MemoryStore;
import dev.listenkeyd.lease.Pause;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.NullUnmarked;

/**
 * The disk: survives every process, takes its time, fails before or after it has written, hangs as the weather wills, and
 * is where a process can be made to die. It does one write after the other, while everything else goes on.
 */
@NullUnmarked
final class SimulatedStore {
    /** Longest time of a write on a disk that works, in milliseconds. */
    private static final int SLOWEST = 20;

    /** One for all: a simulation meets it a million times, and nobody reads its stack. */
    private final LeaseStore.StoreException failed =
            new LeaseStore.StoreException("simulated", new IllegalStateException());

    /** Where in the next write the process dies. */
    enum Death {
        BEFORE_WRITE,
        AFTER_WRITE
    }

    final Map<String, Lease> rows = new TreeMap<>();
    final LossRows losses = new LossRows();
    final DeliveryRows deliveries = new DeliveryRows();
    boolean down;
    /** Share of failing writes that were written all the same. */
    double lying;
    /** Until then no write ends. */
    long hangsUntil;

    Death death;
    /** When a write failed last. */
    long failedAt = Long.MIN_VALUE / 2;

    Pause pause;

    private final Agenda agenda;
    private final Random dice;

    SimulatedStore(Agenda agenda, Random dice) {
        this.agenda = agenda;
        this.dice = dice;
    }

    /** What one process sees of it; once that is dead, nothing of it gets here. */
    LeaseStore of(SimulatedDaemon process) {
        return new Access(process);
    }

    /** Whether all is written that this lease says; a process that restores a lease gives it a new version, and writes nothing. */
    boolean holds(Lease lease) {
        Lease row = rows.get(lease.account());
        return row != null
                && (row.version() >= lease.version()
                        || row.withVersion(lease.version()).equals(lease));
    }

    boolean hangs() {
        return agenda.now() < hangsUntil;
    }

    private final class Access implements LeaseStore {
        private final SimulatedDaemon process;
        /** When the write that was asked for last will have ended. */
        private long busyUntil;

        Access(SimulatedDaemon process) {
            this.process = process;
        }

        @Override
        public CompletionStage<Boolean> put(Lease lease, ChangeRecords more) {
            return write(() -> {
                write(lease.account(), more);
                return rows.merge(lease.account(), lease, MemoryStore::later).version() == lease.version();
            });
        }

        @Override
        public CompletionStage<Void> delete(String account, ChangeRecords more) {
            return write(() -> {
                        write(account, more);
                        return rows.remove(account) != null;
                    })
                    .thenAccept(done -> {});
        }

        @Override
        public CompletionStage<Void> saveRecords(String account, ChangeRecords more) {
            return write(() -> {
                        write(account, more);
                        return true;
                    })
                    .thenAccept(done -> {});
        }

        @Override
        public List<Lease> live() {
            return new ArrayList<>(rows.values());
        }

        @Override
        public List<Delivery> deliveries() {
            return deliveries.all();
        }

        private void write(String account, ChangeRecords more) {
            losses.write(account, more.losses());
            deliveries.write(more.deliveries());
        }

        @Override
        public List<Loss> losses(String account, long after, int most) {
            return losses.page(account, after, most);
        }

        @Override
        public CompletionStage<Void> saveFleet(Pause newest, List<Delivery> more) {
            return write(() -> {
                        deliveries.write(more);
                        pause = newest == null ? pause : newest;
                        return true;
                    })
                    .thenAccept(done -> {});
        }

        @Override
        public Pause pause() {
            return pause;
        }

        private CompletionStage<Boolean> write(BooleanSupplier change) {
            CompletableFuture<Boolean> written = new CompletableFuture<>();
            // What waits shares a transaction: it takes no longer than one write, and ends in order.
            busyUntil = Math.max(agenda.now() + dice.nextInt(SLOWEST), busyUntil);
            end(busyUntil, change, written);
            return written.thenApply(done -> done);
        }

        private void end(long at, BooleanSupplier change, CompletableFuture<Boolean> written) {
            agenda.at(at, () -> {
                long stillUntil = Math.max(hangsUntil, process.asleepUntil());
                if (agenda.now() < stillUntil) {
                    busyUntil = Math.max(busyUntil, stillUntil);
                    end(stillUntil, change, written);
                } else {
                    end(change, written);
                }
            });
        }

        private void end(BooleanSupplier change, CompletableFuture<Boolean> written) {
            if (process.isDead()) {
                return;
            }
            Death now = death;
            death = null;
            if (now == Death.BEFORE_WRITE) {
                process.die();
                return;
            }
            boolean replaced = (!down || dice.nextDouble() < lying) && change.getAsBoolean();
            if (now == Death.AFTER_WRITE) {
                process.die();
            } else if (down) {
                failedAt = agenda.now();
                written.completeExceptionally(failed);
            } else {
                written.complete(replaced);
            }
        }
    }
}
