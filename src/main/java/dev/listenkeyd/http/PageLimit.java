package dev.listenkeyd.http;

import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import org.jspecify.annotations.Nullable;

/** How many items one answer holds. */
final class PageLimit {
    static final int DEFAULT = 100;
    static final int MAX = 1000;

    private PageLimit() {}

    /**
     * @param raw as the caller wrote it, null when nothing was written
     * @throws LeaseRefused for what is no such number
     */
    static int of(@Nullable String raw) {
        try {
            int limit = raw == null ? DEFAULT : Integer.parseInt(raw);
            if (limit >= 1 && limit <= MAX) {
                return limit;
            }
        } catch (NumberFormatException e) {
            // Falls through to the one message for both.
        }
        throw new LeaseRefused(Refusal.INVALID_REQUEST, "limit: must be from 1 to " + MAX);
    }
}
