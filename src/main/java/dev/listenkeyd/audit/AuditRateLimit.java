package dev.listenkeyd.audit;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Bounds the rows of refused calls per client and minute, so that a client that is refused in a loop does not push older rows
 * out of the audit. Thread-safe.
 */
public final class AuditRateLimit {
    public static final int MOST_PER_MINUTE = 10;
    private static final long MINUTE = Duration.ofMinutes(1).toNanos();

    private final LongSupplier nanoTime;
    /** As many as there are clients. */
    private final Map<String, Rows> byClient = new HashMap<>();

    private static final class Rows {
        private long since;
        private int written;
        private long leftOut;
    }

    /** @param nanoTime monotonic time */
    public AuditRateLimit(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * Takes the row of a refused call.
     *
     * @return the result with the number of rows that were left out before it; empty when this row is left out, too
     */
    public synchronized Optional<String> admit(String client, String result) {
        long now = nanoTime.getAsLong();
        Rows rows = byClient.computeIfAbsent(client, name -> new Rows());
        if (rows.written == 0 || now - rows.since >= MINUTE) {
            rows.since = now;
            rows.written = 0;
        }
        if (rows.written == MOST_PER_MINUTE) {
            rows.leftOut++;
            return Optional.empty();
        }
        rows.written++;
        long leftOut = rows.leftOut;
        rows.leftOut = 0;
        return Optional.of(leftOut == 0 ? result : result + "; " + leftOut + " calls before this one were left out");
    }
}
