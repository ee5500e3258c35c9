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
 * Entries that a program makes in a loop: the first one is recorded at once, those that follow it within a minute are
 * counted, and one more entry has their number. So a poll does not push older rows out of the audit. A crash loses the
 * number at most. Thread-safe.
 */
public final class RepeatedEntries {
    /** How long entries are counted after the first one. */
    static final Duration PERIOD = Duration.ofMinutes(1);

    /** Kinds that are counted at the same time; entries of further kinds are recorded one by one. */
    static final int MOST_KINDS = 10_000;

    private final AuditLog audit;
    private final LongSupplier nanos;
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

    /** @param nanos monotonic time */
    public RepeatedEntries(AuditLog audit, LongSupplier nanos) {
        this.audit = audit;
        this.nanos = nanos;
    }

    /**
     * Takes an entry of this instant.
     *
     * @return as {@link AuditLog#record} of the entry, or of the first one that it is counted with
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
            counting.put(kind, new Repeats(nanos.getAsLong(), written));
        }
        return written;
    }

    /** Records the numbers of those whose minute is over. To be called about once a second. */
    public synchronized void tick() {
        endAll(this::isOver);
    }

    /** Records all numbers, since nothing follows. */
    public synchronized void close() {
        endAll(repeats -> true);
    }

    private boolean isOver(Repeats repeats) {
        return nanos.getAsLong() - repeats.since >= PERIOD.toNanos();
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
