package dev.listenkeyd.lease;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;

/** A store that survives the engine, and can be told to fail, to lie, or to hang. */
@NullUnmarked
public final class MemoryStore implements LeaseStore {
    /** One for all: a simulation meets it a million times, and no stack trace is looked at. */
    private final StoreException downNow = new StoreException("told to be down", new IllegalStateException());

    public final Map<String, Lease> rows = new HashMap<>();
    private final LossRows losses = new LossRows();
    private final DeliveryRows deliveries = new DeliveryRows();

    @Nullable
    public Pause pause;

    /** Writes fail. */
    public boolean down;
    /** Writes that fail have been made all the same. */
    public boolean lying;
    /** Writes do not end, as long as the disk hangs. */
    public boolean hanging;

    public int tries;
    public int writes;
    /** Runs inside the next write: what another thread does meanwhile. */
    public Runnable meanwhile = () -> {};

    private final Deque<Runnable> held = new ArrayDeque<>();

    @Override
    public CompletionStage<Boolean> put(Lease lease, ChangeRecords more) {
        return write(() -> {
            write(lease.account(), more);
            return rows.merge(lease.account(), lease, MemoryStore::later).version() == lease.version();
        });
    }

    /** The row that stays: an older version of the same registration changes nothing. */
    public static Lease later(Lease row, Lease newer) {
        return row.isSameRegistration(newer) && row.version() > newer.version() ? row : newer;
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
        if (down) {
            throw downNow;
        }
        return losses.page(account, after, most);
    }

    @Override
    public CompletionStage<Void> saveFleet(@Nullable Pause newest, List<Delivery> more) {
        return write(() -> {
                    deliveries.write(more);
                    pause = newest == null ? pause : newest;
                    return true;
                })
                .thenAccept(done -> {});
    }

    @Override
    public @Nullable Pause pause() {
        return pause;
    }

    /** The disk goes on: the writes that it held end in their order. */
    public void release() {
        hanging = false;
        while (!hanging && !held.isEmpty()) {
            held.poll().run();
        }
    }

    private <T> CompletionStage<T> write(Supplier<T> change) {
        CompletableFuture<T> written = new CompletableFuture<>();
        Runnable work = () -> work(change, written);
        if (hanging || !held.isEmpty()) {
            held.add(work);
        } else {
            work.run();
        }
        // As a real store: what it fails with is wrapped by the stages that led to it.
        return written.thenApply(done -> done);
    }

    private <T> void work(Supplier<T> change, CompletableFuture<T> written) {
        Runnable once = meanwhile;
        meanwhile = () -> {};
        once.run();
        tries++;
        T result = !down || lying ? change.get() : null;
        if (down) {
            written.completeExceptionally(downNow);
        } else {
            writes++;
            written.complete(result);
        }
    }
}
