package dev.listenkeyd.renewal;

import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseStore;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.lease.Loss;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Every loss of a key, on disk or on its way there. Thread-safe. */
public final class LossHistory {
    private final LeaseStore store;
    private final UnwrittenRecords<Loss> unwritten = new UnwrittenRecords<>(Loss::seq);

    LossHistory(LeaseStore store) {
        this.store = store;
    }

    /** Takes the loss, or the end of it, that a change brought about. */
    void record(@Nullable Lease before, @Nullable Lease after) {
        if (after == null || after.lastLoss() == null) {
            return;
        }
        Loss newest = after.lastLoss();
        if (before == null || !newest.equals(before.lastLoss())) {
            unwritten.add(after.account(), newest);
        }
    }

    /** The account's losses that are not on disk yet, oldest first. */
    List<Loss> unwritten(String account) {
        return unwritten.of(account);
    }

    /**
     * Writes the row of a lease, and in the same transaction its losses; those are kept until that has worked.
     *
     * @param lease null to delete the row
     */
    CompletionStage<Void> write(String account, @Nullable Lease lease, List<Loss> losses) {
        CompletionStage<Void> write = lease == null
                ? store.delete(account, losses)
                : store.put(lease, losses).thenAccept(written -> requireWritten(account, written));
        return write.thenRun(() -> unwritten.written(account, losses));
    }

    private static void requireWritten(String account, boolean written) {
        if (!written) {
            throw new StoreException("another process has written a newer version of the lease of " + account, null);
        }
    }

    /**
     * Losses of the account, oldest first, with or without a lease. Blocks.
     *
     * @param after only losses with a greater number
     * @param most how many
     * @throws StoreException when they can't be read
     */
    public List<Loss> page(String account, long after, int most) {
        // Taken before the store is read: a loss that is written in between is then found twice, not missed.
        List<Loss> onTheirWay = unwritten.of(account);
        NavigableMap<Long, Loss> losses = new TreeMap<>();
        store.losses(account, after, most).forEach(loss -> losses.put(loss.seq(), loss));
        onTheirWay.forEach(loss -> losses.put(loss.seq(), loss));
        return losses.tailMap(after, false).values().stream().limit(most).toList();
    }
}
