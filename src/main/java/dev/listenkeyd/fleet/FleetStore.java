package dev.listenkeyd.fleet;

import dev.listenkeyd.lease.Delivery;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The members and their claims, as one member sees them. Every method blocks, and throws {@link StoreException} when the store
 * can't be reached or its answer is lost; then the change may have been made. The store's clock decides which members live.
 */
public interface FleetStore {

    /** The {@code since} of {@link #changes} that returns everything. */
    long BEGINNING = 0;

    /**
     * The members after a beat.
     *
     * @param members all live ones, this one included
     * @param gone those that stopped beating without leaving within the last hour, the last one of each name that no live one has
     * @param lapsed whether this one's membership had ended before, so that others may have taken over its claims
     * @param unowned number of leases that no live member owns
     */
    record Beat(List<Member> members, List<Member> gone, boolean lapsed, int unowned) {
        /** While the store can't be reached. */
        static final Beat UNKNOWN = new Beat(List.of(), List.of(), false, 0);
    }

    /**
     * An account that this member owns from now on.
     *
     * @param lease null when it has none; its version is greater than any that an earlier owner may have told
     * @param endedVersion version of the account's last lease that has ended; 0 for none. The next registration goes on from there
     * @param deliveries pending ones of the account, which this member makes from now on
     */
    record Claimed(String account, @Nullable Lease lease, long endedVersion, List<Delivery> deliveries) {}

    /**
     * An account whose lease or claim has changed.
     *
     * @param owner id of the member that owns it, alive or not; null for none
     * @param wantedBy id of the member that asks the owner for it; null for none
     * @param lease null when it has none, and when it is {@link #unreadable}
     */
    record Change(
            String account,
            @Nullable String owner,
            @Nullable String wantedBy,
            @Nullable Lease lease) {}

    /**
     * The changes since an earlier poll. Some may be repeated, none is left out.
     *
     * @param next {@code since} of the next poll
     * @param events told by other members, each member's in their order; only those since this process started
     */
    record Changes(long next, List<Change> changes, List<FeedEvent> events) {}

    /** A lease of an account can't be read by this member; the message names the account, and no secret. */
    final class UnreadableException extends StoreException {
        private static final long serialVersionUID = 1L;

        public UnreadableException(String message) {
            super(message, null);
        }
    }

    /** The id of this member. */
    String id();

    /**
     * Begins or prolongs the membership.
     *
     * @param leases number of leases that this member owns
     * @param weight as {@link Member#weight}
     */
    Beat beat(int leases, int weight);

    /**
     * Claims leases that no live member owns, nearest deadline first. Those that this member can't read are left to others.
     *
     * @param most how many
     */
    List<Claimed> takeOver(int most);

    /**
     * Claims an account that no live member owns, or that this one owns already. Asks a live owner for it otherwise; what comes
     * of that shows in {@link #changes}.
     *
     * @param create whether to claim an account that nobody has claimed before
     * @return null when it is not claimed
     * @throws UnreadableException when this member can't read its lease; then nobody is asked
     */
    @Nullable
    Claimed claim(String account, boolean create);

    /** Of these accounts, those that this member owns, with their leases as they are on record. It gives away what it can't read. */
    List<Claimed> owned(Collection<String> accounts);

    /**
     * Gives claims away, with the pending deliveries of their accounts. Their rows must be on disk.
     *
     * @param to id of a member; null for any member that takes them
     * @return the accounts that this member does not own any more
     */
    Set<String> give(@Nullable String to, Collection<String> accounts);

    /** The changes since an earlier poll, by {@link Changes#next}. */
    Changes changes(long since);

    /**
     * The leases that this member can't read, since it has not the key or the row is damaged: why, by account, as of the last look at
     * each. Does not block.
     */
    Map<String, String> unreadable();

    /** Ends the membership; claims that this member still has are free. */
    void leave();
}
