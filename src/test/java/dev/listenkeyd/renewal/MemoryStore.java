package dev.listenkeyd.renewal;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A store that survives the engine, and can be told to fail. */
final class MemoryStore implements LeaseStore {
    /** One for all: a simulation meets it a million times, and no stack trace is looked at. */
    private final StoreException downNow = new StoreException("told to be down", new IllegalStateException());

    final Map<String, Lease> rows = new HashMap<>();

    @Nullable
    Pause pause;

    boolean down;
    int tries;
    int writes;
    /** Runs inside the next write: what another thread does meanwhile. */
    Runnable meanwhile = () -> {};

    @Override
    public void insert(Lease lease) {
        write();
        rows.put(lease.account(), lease);
    }

    @Override
    public void replace(Lease lease) {
        write();
        rows.computeIfPresent(lease.account(), (account, row) -> row.version() < lease.version() ? lease : row);
    }

    @Override
    public void delete(Lease lease) {
        write();
        rows.remove(lease.account());
    }

    @Override
    public List<Lease> live() {
        return new ArrayList<>(rows.values());
    }

    @Override
    public void savePause(Pause newest) {
        write();
        pause = newest;
    }

    @Override
    public @Nullable Pause pause() {
        return pause;
    }

    private void write() {
        Runnable once = meanwhile;
        meanwhile = () -> {};
        once.run();
        tries++;
        if (down) {
            throw downNow;
        }
        writes++;
    }
}
