package dev.listenkeyd.lease;

import dev.listenkeyd.lease.LeaseStore.StoreException;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** The newest events on disk. */
public interface EventStore {

    /**
     * Adds events, and drops those up to the number {@code forgotten}. Never blocks; all are written or none.
     *
     * @return fails with {@link StoreException} when they could not be written
     */
    CompletionStage<Void> append(List<FeedEvent> events, long forgotten);

    /**
     * The newest events, oldest first. Blocks; for the start of the process.
     *
     * @throws StoreException when they can't be read
     */
    List<FeedEvent> newest(int most);
}
