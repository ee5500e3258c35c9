package dev.listenkeyd.renewal;

import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseStore;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.lease.Loss;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Every loss of a key, on disk or on its way there. Thread-safe. */
public final class LossHistory {
    private final LeaseStore store;
    private final UnwrittenRecords<Loss> unwritten =
            new UnwrittenRecords<>(Comparator.comparingLong(Loss::seq), LeaseStore.LOSSES_KEPT);

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

    /** Forgets losses that are on disk. */
    void written(String account, List<Loss> onDisk) {
        unwritten.written(account, onDisk);
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
