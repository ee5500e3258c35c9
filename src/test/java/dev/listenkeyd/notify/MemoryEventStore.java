package dev.listenkeyd.notify;

import dev.listenkeyd.lease.EventStore;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.NullUnmarked;

/** Events in memory, with a disk that can be slow, or fail after it has begun. */
@NullUnmarked
final class MemoryEventStore implements EventStore {
    final List<FeedEvent> rows = new ArrayList<>();
    boolean failing;
    /** Whether writes wait until {@link #finish}. */
    boolean slow;

    private final List<Runnable> waiting = new ArrayList<>();

    @Override
    public CompletionStage<Void> append(List<FeedEvent> events, long forgotten) {
        CompletableFuture<Void> written = new CompletableFuture<>();
        Runnable write = () -> write(events, forgotten, written);
        if (slow) {
            waiting.add(write);
        } else {
            write.run();
        }
        return written;
    }

    private void write(List<FeedEvent> events, long forgotten, CompletableFuture<Void> written) {
        if (failing) {
            written.completeExceptionally(new StoreException("the disk is full", null));
            return;
        }
        rows.addAll(events);
        rows.removeIf(event -> event.seq() <= forgotten);
        written.complete(null);
    }

    void finish() {
        List<Runnable> all = List.copyOf(waiting);
        waiting.clear();
        all.forEach(Runnable::run);
    }

    @Override
    public List<FeedEvent> newest(int most) {
        return List.copyOf(rows.subList(Math.max(0, rows.size() - most), rows.size()));
    }
}
