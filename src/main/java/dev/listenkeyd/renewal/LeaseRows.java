package dev.listenkeyd.renewal;

import dev.listenkeyd.lease.ChangeRecords;
import dev.listenkeyd.lease.Delivery;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseStore;
import dev.listenkeyd.lease.LeaseStore.NotOwnedException;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.lease.Pause;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes the row of a lease, and in the same transaction all that belongs to its changes; this is kept until the write has
 * worked. Thread-safe.
 */
final class LeaseRows {
    /** The key of what concerns all leases; no account has this name. */
    static final String FLEET = "";

    /** Deliveries of one account, or their ends, that wait for the disk: as many as a webhook that was removed may leave. */
    static final int DELIVERIES = 10_000;

    private final LeaseStore store;
    private final LossHistory losses;
    private final UnwrittenRecords<Delivery> deliveries = new UnwrittenRecords<>(Delivery.ORDER, DELIVERIES);
    private final @Nullable Consumer<String> notOwned;
    private volatile @Nullable Pause pause;

    /** @param notOwned told of an account when its row was not written or deleted, since another replica owns it; null where no other writes */
    LeaseRows(LeaseStore store, @Nullable Consumer<String> notOwned) {
        this.store = store;
        this.notOwned = notOwned;
        this.losses = new LossHistory(store);
    }

    LossHistory losses() {
        return losses;
    }

    /** The newest pause; null when there was none. */
    @Nullable
    Pause pause() {
        return pause;
    }

    /** Takes a pause for the next write of {@link #FLEET}. */
    void setPause(@Nullable Pause newest) {
        pause = newest;
    }

    /**
     * Takes deliveries, or their ends, for the next write.
     *
     * @return the rows to be written
     */
    Set<String> add(List<Delivery> all) {
        Set<String> rows = new HashSet<>();
        for (Delivery delivery : all) {
            String account = delivery.event().account();
            String row = account == null ? FLEET : account;
            deliveries.add(row, delivery);
            rows.add(row);
        }
        return rows;
    }

    /** Records that the next write of the account's row takes along. */
    ChangeRecords unwritten(String account) {
        return new ChangeRecords(losses.unwritten(account), deliveries.of(account));
    }

    /** @param lease null to delete the row */
    CompletionStage<Void> write(String account, @Nullable Lease lease, ChangeRecords records) {
        CompletionStage<Void> write = lease == null
                ? store.delete(account, records)
                        .whenComplete((done, failure) -> requireDeleted(account, records, failure))
                : store.put(lease, records).thenAccept(written -> requireWritten(lease, records, written));
        return write.thenRun(() -> written(account, records));
    }

    /** Writes records alone, of an account without a lease here; its row, if there is one, is another replica's. */
    CompletionStage<Void> writeRecords(String account, ChangeRecords records) {
        return store.saveRecords(account, records).thenRun(() -> written(account, records));
    }

    /** Writes what concerns all leases. */
    CompletionStage<Void> writeFleet() {
        List<Delivery> unwritten = deliveries.of(FLEET);
        return store.saveFleet(pause, unwritten).thenRun(() -> deliveries.written(FLEET, unwritten));
    }

    private void written(String account, ChangeRecords records) {
        losses.written(account, records.losses());
        deliveries.written(account, records.deliveries());
    }

    private void requireDeleted(String account, ChangeRecords records, @Nullable Throwable failure) {
        if (notOwned != null && failure != null && WriteBehind.causeOf(failure) instanceof NotOwnedException) {
            written(account, records);
            notOwned.accept(account);
        }
    }

    private void requireWritten(Lease lease, ChangeRecords records, boolean written) {
        if (written) {
            return;
        }
        if (notOwned == null) {
            throw new StoreException("another process has written a newer version of " + lease.account(), null);
        }
        // The records are on disk although the row is not.
        written(lease.account(), records);
        notOwned.accept(lease.account());
        throw new NotOwnedException(lease.account());
    }
}
