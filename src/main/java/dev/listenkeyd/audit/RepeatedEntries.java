package dev.listenkeyd.audit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Records equal entries of a program that acts in a loop: the first at once, and one more with the number of those that
 * followed within a minute. So a loop does not push older rows out of the audit. A crash loses only the number. Thread-safe.
 */
public final class RepeatedEntries {
    /** How long entries are counted after the first one. */
    static final Duration PERIOD = Duration.ofMinutes(1);

    /** Different entries counted at the same time; further ones are recorded one by one. */
    static final int MOST_KINDS = 10_000;

    private final AuditLog audit;
    private final LongSupplier nanoTime;
    private final Map<Kind, Repeats> counting = new HashMap<>();

    private record Kind(
            String client, Action action, @Nullable String account, String result) {}

    private static final class Repeats {
        private final long since;
        private final CompletionStage<Void> written;
        private long further;

        Repeats(long since, CompletionStage<Void> written) {
            this.since = since;
            this.written = written;
        }
    }

    /** @param nanoTime monotonic time */
    public RepeatedEntries(AuditLog audit, LongSupplier nanoTime) {
        this.audit = audit;
        this.nanoTime = nanoTime;
    }

    /**
     * Records or counts an entry of this instant.
     *
     * @return as {@link AuditLog#record}, for the entry itself or the first one like it
     */
    public synchronized CompletionStage<Void> record(
            String client, Action action, @Nullable String account, String result) {
        Kind kind = new Kind(client, action, account, result);
        Repeats repeats = counting.get(kind);
        if (repeats != null && !isOver(repeats)) {
            repeats.further++;
            return repeats.written;
        }
        end(kind);
        CompletionStage<Void> written = audit.record(client, action, account, result);
        if (counting.size() < MOST_KINDS) {
            counting.put(kind, new Repeats(nanoTime.getAsLong(), written));
        }
        return written;
    }

    /** Records the numbers whose minute is over. To be called about once a second. */
    public synchronized void tick() {
        endAll(this::isOver);
    }

    /** Records all numbers before the process ends. */
    public synchronized void close() {
        endAll(repeats -> true);
    }

    private boolean isOver(Repeats repeats) {
        return nanoTime.getAsLong() - repeats.since >= PERIOD.toNanos();
    }

    private void endAll(Predicate<Repeats> which) {
        List<Kind> ended = new ArrayList<>();
        counting.forEach((kind, repeats) -> {
            if (which.test(repeats)) {
                ended.add(kind);
            }
        });
        ended.forEach(this::end);
    }

    private void end(Kind kind) {
        Repeats repeats = counting.remove(kind);
        if (repeats != null && repeats.further > 0) {
            String result = kind.result() + ", " + repeats.further + " more within a minute";
            CompletionStage<Void> unused = audit.record(kind.client(), kind.action(), kind.account(), result);
        }
    }
}
