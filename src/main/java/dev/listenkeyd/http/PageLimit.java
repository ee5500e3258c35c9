package dev.listenkeyd.http;

import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import org.jspecify.annotations.Nullable;

/** The number of items on one page. */
final class PageLimit {
    static final int DEFAULT = 100;
    static final int MAX = 1000;

    private PageLimit() {}

    /**
     * @param raw as the caller wrote it, null for the default
     * @throws LeaseRefused when it is not a number in the range
     */
    static int of(@Nullable String raw) {
        try {
            int limit = raw == null ? DEFAULT : Integer.parseInt(raw);
            if (limit >= 1 && limit <= MAX) {
                return limit;
            }
        } catch (NumberFormatException e) {
            // Falls through to the message for both cases.
        }
        throw new LeaseRefused(Refusal.INVALID_REQUEST, "limit: must be from 1 to " + MAX);
    }
}
