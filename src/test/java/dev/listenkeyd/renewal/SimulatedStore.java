package dev.listenkeyd.renewal;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.NullUnmarked;

/** The disk: survives every process, fails as the weather wills, and is where a process can be made to die. */
@NullUnmarked
final class SimulatedStore {
    /** One for all: a simulation meets it a million times, and nobody reads its stack. */
    private final LeaseStore.StoreException failed =
            new LeaseStore.StoreException("simulated", new IllegalStateException());

    /** Where in the next write the process dies. */
    enum Death {
        BEFORE_WRITE,
        AFTER_WRITE
    }

    final Map<String, Lease> rows = new TreeMap<>();
    boolean down;
    /** Share of failing writes that were written all the same. */
    double lying;

    Death death;
    /** When a write failed last. */
    long failedAt = Long.MIN_VALUE / 2;

    Pause pause;

    private final Random dice;

    SimulatedStore(Random dice) {
        this.dice = dice;
    }

    /** What one process sees of it; once that is dead, nothing of it gets here. */
    LeaseStore of(SimulatedDaemon process) {
        return new Access(process);
    }

    private final class Access implements LeaseStore {
        private final SimulatedDaemon process;

        Access(SimulatedDaemon process) {
            this.process = process;
        }

        @Override
        public void insert(Lease lease) {
            write(() -> rows.put(lease.account(), lease));
        }

        @Override
        public void replace(Lease lease) {
            write(() -> rows.computeIfPresent(
                    lease.account(), (account, row) -> row.version() < lease.version() ? lease : row));
        }

        @Override
        public void delete(Lease lease) {
            write(() -> rows.remove(lease.account()));
        }

        @Override
        public List<Lease> live() {
            return new ArrayList<>(rows.values());
        }

        @Override
        public void savePause(Pause newest) {
            write(() -> pause = newest);
        }

        @Override
        public Pause pause() {
            return pause;
        }

        private void write(Runnable change) {
            if (process.isDead()) {
                throw failed;
            }
            Death now = death;
            death = null;
            if (now == Death.BEFORE_WRITE) {
                process.die();
                throw failed;
            }
            boolean fails = down;
            if (!fails || dice.nextDouble() < lying) {
                change.run();
            }
            if (now == Death.AFTER_WRITE) {
                process.die();
                fails = true;
            }
            if (fails) {
                failedAt = process.now();
                throw failed;
            }
        }
    }
}
