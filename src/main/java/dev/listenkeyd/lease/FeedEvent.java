package dev.listenkeyd.lease;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A change as it is told to whoever follows, without a raw key.
 *
 * @param id unique, and the same whenever this event is told again
 * @param seq grows from event to event, over restarts
 * @param lease the lease after the change; null when the event concerns all leases
 */
public record FeedEvent(
        String id,
        long seq,
        Instant at,
        EventType type,
        @Nullable LeaseFacts lease) {

    private static final int RADIX = 32;

    /**
     * A lease as an event shows it.
     *
     * @param revision version of the lease
     * @param status as the API names it
     * @param generation of its newest key, alive or lost; 0 before the first
     * @param fingerprint of that key; null before the first
     * @param expiresAt deadline of the live key; null when there is none
     * @param loss the loss or rotation that the event tells, or its end; null when it tells none
     */
    public record LeaseFacts(
            String account,
            long revision,
            String status,
            int generation,
            @Nullable String fingerprint,
            @Nullable Instant expiresAt,
            @Nullable LossFacts loss) {}

    /**
     * The time that a consumer must reconcile by REST.
     *
     * @param from the last instant at which the old key is known to have lived
     * @param to when the account had a live key again; null until then
     */
    public record LossFacts(
            LossCause cause, Instant from, @Nullable Instant to) {}

    /** An event of a store that no other process numbers events in: its number is its id. */
    public static FeedEvent numbered(long seq, Instant at, EventType type, @Nullable LeaseFacts lease) {
        return new FeedEvent(Long.toString(seq, RADIX), seq, at, type, lease);
    }

    /** The same event, as another replica numbers it. */
    public FeedEvent withSeq(long other) {
        return new FeedEvent(id, other, at, type, lease);
    }

    /** The account; null when the event concerns all leases. */
    public @Nullable String account() {
        return lease == null ? null : lease.account();
    }
}
