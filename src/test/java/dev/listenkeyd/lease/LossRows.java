package dev.listenkeyd.lease;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.NullUnmarked;

/** The losses of a store that is no disk. */
@NullUnmarked
public final class LossRows {
    private final Map<String, NavigableMap<Long, Loss>> rows = new TreeMap<>();

    public void write(String account, List<Loss> losses) {
        if (losses.isEmpty()) {
            return;
        }
        NavigableMap<Long, Loss> ofAccount = rows.computeIfAbsent(account, any -> new TreeMap<>());
        losses.forEach(loss -> ofAccount.put(loss.seq(), loss));
        while (ofAccount.size() > LeaseStore.LOSSES_KEPT) {
            ofAccount.pollFirstEntry();
        }
        Instant oldest = losses.get(losses.size() - 1).noticedAt().minus(LeaseStore.LOSSES_KEPT_FOR);
        rows.values()
                .forEach(all -> all.values().removeIf(loss -> loss.noticedAt().isBefore(oldest)));
    }

    public List<Loss> page(String account, long after, int most) {
        return rows.getOrDefault(account, new TreeMap<>()).tailMap(after, false).values().stream()
                .limit(most)
                .toList();
    }
}
