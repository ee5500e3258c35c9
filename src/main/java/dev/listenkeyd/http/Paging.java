package dev.listenkeyd.http;

import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import org.jspecify.annotations.Nullable;

/** The parameters of a page, as the caller wrote them. */
final class Paging {
    static final int DEFAULT = 100;
    static final int MAX = 1000;

    private Paging() {}

    /**
     * The number of items on the page.
     *
     * @param raw null for the default
     * @throws LeaseRefused when it is not a number in the range
     */
    static int limit(@Nullable String raw) {
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

    /**
     * The number of the item after which the page begins.
     *
     * @param raw null for 0
     * @throws LeaseRefused when it is no such number
     */
    static long after(@Nullable String raw) {
        try {
            long after = raw == null ? 0 : Long.parseLong(raw);
            if (after >= 0) {
                return after;
            }
        } catch (NumberFormatException e) {
            // Falls through to the message for both cases.
        }
        throw new LeaseRefused(Refusal.INVALID_REQUEST, "after: must be the seq of an item, or 0");
    }
}
