package dev.listenkeyd.fleet;

import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.lease.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;

/** No row goes back, none is written by somebody who does not own it, and a lease that was released does not come back. */
@NullUnmarked
final class RowInvariants {
    /** By so much the exchange may grant less than it promised. */
    private static final long GRANTED_LESS = 120_000;

    private final FleetSimulation world;
    /** Newest registration that has ended, by account. */
    private final Map<String, Instant> ended = new HashMap<>();
    /** Newest version by account, of any registration. */
    private final Map<String, Long> versions = new HashMap<>();

    long changesOfOwner;

    RowInvariants(FleetSimulation world) {
        this.world = world;
    }

    void written(Lease before, Lease after, String by) {
        String account = after.account();
        world.history.accept(
                account, by + " writes v" + after.version() + " " + after.state() + " until " + after.expiresAt());
        check(
                by.equals(world.database.ownerOf(account)),
                account,
                "its row was written by " + by + ", which does not own it");
        check(
                after.version() >= versions.getOrDefault(account, 0L),
                account,
                "a version that is older than one that was written");
        check(
                !after.registration().registeredAt().equals(ended.get(account)),
                account,
                "a lease that was released is written again");
        versions.put(account, after.version());
        if (before != null && before.isSameRegistration(after)) {
            checkDeadline(before, after);
        }
    }

    private void checkDeadline(Lease before, Lease after) {
        Secret key = before.key() == null ? null : before.key().value();
        boolean same =
                before.isLive() && after.isLive() && key.equals(after.key().value());
        long back =
                same ? Duration.between(after.expiresAt(), before.expiresAt()).toMillis() : 0;
        check(
                back <= GRANTED_LESS + 2 * world.setup.longestSkew(),
                after.account(),
                "its deadline goes back by " + back + " ms: " + before.expiresAt() + " to " + after.expiresAt());
    }

    void deleted(Lease row, String by) {
        world.history.accept(row.account(), by + " deletes its row");
        check(
                by.equals(world.database.ownerOf(row.account())),
                row.account(),
                "its row was deleted by " + by + ", which does not own it");
        versions.merge(row.account(), row.version(), Math::max);
        world.ownership.ended(row.account());
    }

    void owned(String account, String before, String owner) {
        changesOfOwner++;
        world.history.accept(account, owner + " owns it after " + before);
        world.calls.owned(account);
        world.ownership.owned(account);
    }

    void happened(RenewalEvent event) {
        if (event.after() == null) {
            Lease lease = event.lease();
            Lease row = world.database.rows.get(lease.account());
            ended.put(lease.account(), lease.registration().registeredAt());
            check(
                    row == null || !row.isSameRegistration(lease),
                    lease.account(),
                    "its row is still there after its end");
        }
    }

    private void check(boolean holds, String account, String promise) {
        world.history.check(holds, account, promise);
    }
}
