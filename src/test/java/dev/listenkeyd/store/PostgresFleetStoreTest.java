package dev.listenkeyd.store;

import static dev.listenkeyd.store.StoreFolder.active;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.fleet.FleetStore;
import dev.listenkeyd.fleet.FleetStore.Beat;
import dev.listenkeyd.fleet.FleetStore.Change;
import dev.listenkeyd.fleet.FleetStore.Claimed;
import dev.listenkeyd.fleet.Member;
import dev.listenkeyd.lease.ChangeRecords;
import dev.listenkeyd.lease.Delivery;
import dev.listenkeyd.lease.EventType;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.FeedEvent.LeaseFacts;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseState.Lost;
import dev.listenkeyd.lease.LeaseState.Pending;
import dev.listenkeyd.lease.LeaseStore;
import dev.listenkeyd.lease.LeaseStore.NotOwnedException;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.lease.OnLoss;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Members, claims and changes, as several replicas of one database see them. */
@NullUnmarked
class PostgresFleetStoreTest {
    private static final long SKIPPED = ClaimTable.VERSIONS_SKIPPED;

    @RegisterExtension
    static final PostgresDatabase database = PostgresDatabase.migrated();

    private static PostgresStore[] opened;

    private FleetStore a;
    private FleetStore b;
    private FleetStore c;
    private LeaseStore leasesOfA;
    private LeaseStore leasesOfB;

    @BeforeEach
    void begin() throws Exception {
        opened = new PostgresStore[] {database.open("a"), database.open("b"), database.open("c")};
        a = opened[0].fleet();
        b = opened[1].fleet();
        c = opened[2].fleet();
        leasesOfA = opened[0].leases();
        leasesOfB = opened[1].leases();
        a.beat(0, 100);
        b.beat(0, 200);
    }

    // --- members

    @Test
    void everyMemberSeesAllThatLive() {
        Beat beat = c.beat(7, 300);

        assertThat(beat.lapsed()).isFalse();
        assertThat(beat.unowned()).isZero();
        assertThat(beat.members()).extracting(Member::id).containsExactlyInAnyOrder("a", "b", "c");
        Member own = beat.members().stream()
                .filter(member -> member.id().equals("c"))
                .findFirst()
                .orElseThrow();
        assertThat(own.replica()).isEqualTo("replica-of-c");
        assertThat(own.leases()).isEqualTo(7);
        assertThat(own.weight()).isEqualTo(300);
        assertThat(a.beat(1, 2).members()).extracting(Member::weight).containsExactlyInAnyOrder(2, 200, 300);
    }

    @Test
    void aMembershipLapsesByTheDatabasesClockAndComesBackWithTheNextBeat() {
        database.lapse("a");
        assertThat(b.beat(0, 1).members()).extracting(Member::id).containsExactly("b");

        assertThat(a.beat(0, 1).lapsed()).isTrue();

        assertThat(a.beat(0, 1).lapsed()).isFalse();
        assertThat(b.beat(0, 1).members()).extracting(Member::id).containsExactlyInAnyOrder("a", "b");
    }

    /** It is told until one of its name is there again; one that has left is not missed. */
    @Test
    void aMemberThatStopsBeatingIsGoneUntilOneOfItsNameIsBack() {
        a.beat(3, 100);
        c.beat(0, 1);
        database.lapse("a");
        c.leave();

        List<Member> gone = b.beat(0, 1).gone();

        assertThat(gone).extracting(Member::replica).containsExactly("replica-of-a");
        assertThat(gone.get(0).leases()).isEqualTo(3);
        assertThat(gone.get(0).lastBeatAt()).isBefore(Instant.now());
        database.execute("UPDATE member SET until = now() - interval '61 minutes' WHERE id = 'a'");
        assertThat(b.beat(0, 1).gone()).as("after an hour").isEmpty();
        a.beat(3, 100);
        assertThat(b.beat(0, 1).gone()).as("it is back").isEmpty();
    }

    @Test
    void aMemberThatWasForgottenHasLapsed() {
        database.execute("DELETE FROM member WHERE id = 'a'");

        assertThat(a.beat(0, 1).lapsed()).isTrue();
        assertThat(a.beat(0, 1).lapsed()).isFalse();
    }

    @Test
    void aMemberThatLeavesIsGoneAtOnceAndItsClaimsAreFree() {
        put(a, leasesOfA, active("main"));

        a.leave();

        Beat beat = b.beat(0, 1);
        assertThat(beat.members()).extracting(Member::id).containsExactly("b");
        assertThat(beat.unowned()).isOne();
        assertThat(b.takeOver(10)).extracting(Claimed::account).containsExactly("main");
    }

    // --- takeover

    @Test
    void nothingIsTakenOverFromALiveMember() {
        put(a, leasesOfA, active("main"));

        assertThat(b.takeOver(10)).isEmpty();
        assertThat(b.beat(0, 1).unowned()).isZero();
        assertThat(a.takeOver(10)).isEmpty();
    }

    @Test
    void ofADeadMemberTheNearestDeadlinesAreTakenOverFirst() {
        put(a, leasesOfA, expiring("later", 300));
        put(a, leasesOfA, expiring("soon", 100));
        put(a, leasesOfA, expiring("next", 200));
        put(a, leasesOfA, Given.in("lost", new Lost(Given.at(0)), OnLoss.REPORT, Given.at(1)));
        put(a, leasesOfA, pending("new"));
        database.lapse("a");
        assertThat(b.beat(0, 1).unowned()).isEqualTo(5);

        assertThat(b.takeOver(2)).extracting(Claimed::account).containsExactlyInAnyOrder("soon", "next");
        assertThat(b.beat(0, 1).unowned()).isEqualTo(3);
        assertThat(b.takeOver(2)).extracting(Claimed::account).containsExactlyInAnyOrder("later", "new");
        assertThat(b.takeOver(2)).extracting(Claimed::account).containsExactly("lost");
        assertThat(b.takeOver(2)).isEmpty();
    }

    @Test
    void aTakenOverLeaseHasAVersionThatNoEarlierOwnerMayHaveTold() {
        put(a, leasesOfA, active("main"));
        database.lapse("a");

        Claimed claimed = b.takeOver(10).get(0);

        Lease expected = active("main").withVersion(active("main").version() + SKIPPED);
        assertThat(claimed.lease()).isEqualTo(expected);
        assertThat(leasesOfB.live()).containsExactly(expected);
        assertThat(leasesOfA.live()).isEmpty();
    }

    @Test
    void aLapsedMemberDoesNotTakeOverItsOwnLeases() {
        put(a, leasesOfA, active("main"));
        database.lapse("a");

        assertThat(a.takeOver(10)).isEmpty();
        assertThat(put(leasesOfA, active("main").withVersion(2))).isTrue();
    }

    @Test
    void whatAnotherTransactionHasLockedIsLeftOut() throws Exception {
        put(a, leasesOfA, expiring("busy", 100));
        put(a, leasesOfA, expiring("free", 200));
        database.lapse("a");
        try (Connection other = DriverManager.getConnection(database.url());
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("SELECT * FROM claim WHERE account = 'busy' FOR SHARE");

            assertThat(b.takeOver(10)).extracting(Claimed::account).containsExactly("free");

            other.rollback();
        }
        assertThat(b.takeOver(10)).extracting(Claimed::account).containsExactly("busy");
    }

    @Test
    void aMemberThatBeatsJustNowLives() throws Exception {
        put(a, leasesOfA, active("main"));
        database.lapse("a");
        try (Connection beat = DriverManager.getConnection(database.url());
                Statement statement = beat.createStatement()) {
            beat.setAutoCommit(false);
            statement.execute("UPDATE member SET until = now() + interval '15 s' WHERE id = 'a'");

            assertThat(b.takeOver(10)).isEmpty();
            assertThat(b.claim("main", false)).isNull();

            beat.commit();
        }
        assertThat(b.takeOver(10)).isEmpty();
    }

    // --- fencing

    @Test
    void aLatePutOfAFormerOwnerWritesNothingButItsRecords() {
        put(a, leasesOfA, active("main"));
        database.lapse("a");
        b.takeOver(10);
        a.beat(1, 1);
        Delivery delivery = delivery("main", 1);
        ChangeRecords records = new ChangeRecords(
                List.of(Given.loss(dev.listenkeyd.lease.LossCause.EXPIRED, Given.T0, null, "ab")), List.of(delivery));

        Boolean written = leasesOfA
                .put(active("main").withVersion(Long.MAX_VALUE / 2), records)
                .toCompletableFuture()
                .join();

        assertThat(written).isFalse();
        assertThat(leasesOfB.live()).extracting(Lease::version).containsExactly(1 + SKIPPED);
        assertThat(leasesOfB.losses("main", 0, 10)).hasSize(1);
        assertThat(leasesOfA.deliveries()).containsExactly(delivery);
    }

    @Test
    void aLateDeleteOfAFormerOwnerDeletesNothing() {
        put(a, leasesOfA, active("main"));
        database.lapse("a");
        b.takeOver(10);

        assertThat(leasesOfA.delete("main", ChangeRecords.NONE).toCompletableFuture())
                .failsWithin(Duration.ofMinutes(1))
                .withThrowableThat()
                .withCauseInstanceOf(NotOwnedException.class);

        assertThat(leasesOfB.live()).hasSize(1);
    }

    @Test
    void withoutAClaimNothingIsWritten() {
        assertThat(put(leasesOfA, active("main"))).isFalse();

        assertThat(database.query("SELECT count(*) FROM lease")).isEqualTo("0");
    }

    @Test
    void aVersionOfTheOwnerBeforeTheTakeoverLosesWhoeverPutsIt() {
        put(a, leasesOfA, active("main"));
        database.lapse("a");
        b.takeOver(10);

        assertThat(put(leasesOfB, active("main").withVersion(SKIPPED))).isFalse();
        assertThat(put(leasesOfB, active("main").withVersion(SKIPPED + 2))).isTrue();
    }

    // --- claims

    @Test
    void anAccountThatNobodyHasClaimedIsClaimedOnRequestOnly() {
        assertThat(a.claim("main", false)).isNull();

        assertThat(a.claim("main", true)).isEqualTo(new Claimed("main", null, 0, List.of()));
        assertThat(a.claim("main", false)).isEqualTo(new Claimed("main", null, 0, List.of()));
        assertThat(b.claim("main", true)).isNull();
    }

    @Test
    void theAccountOfADeadMemberIsClaimedWithItsLeaseAndDeliveries() {
        a.claim("main", true);
        Delivery delivery = delivery("main", 1);
        leasesOfA
                .put(active("main"), new ChangeRecords(List.of(), List.of(delivery)))
                .toCompletableFuture()
                .join();
        database.lapse("a");

        Claimed claimed = b.claim("main", false);

        assertThat(claimed.lease().version()).isEqualTo(1 + SKIPPED);
        assertThat(claimed.deliveries()).containsExactly(delivery);
        assertThat(leasesOfA.deliveries()).isEmpty();
        assertThat(b.claim("main", false).lease()).as("claimed already").isEqualTo(claimed.lease());
    }

    @Test
    void aLiveMemberIsAskedForItsAccount() {
        put(a, leasesOfA, active("main"));
        long since = a.changes(FleetStore.BEGINNING).next();

        assertThat(b.claim("main", false)).isNull();

        assertThat(a.changes(since).changes()).containsExactly(new Change("main", "a", "b", active("main")));
        assertThat(a.give("b", List.of("main"))).containsExactly("main");
        assertThat(b.owned(List.of("main", "other")))
                .containsExactly(new Claimed("main", active("main").withVersion(1 + SKIPPED), 0, List.of()));
        assertThat(database.query("SELECT wanted_by FROM claim")).isEmpty();
    }

    @Test
    void theVersionOfAnEndedLeaseIsKeptWithTheClaim() {
        put(a, leasesOfA, active("main").withVersion(77));
        leasesOfA.delete("main", ChangeRecords.NONE).toCompletableFuture().join();
        assertThat(a.claim("main", true)).isEqualTo(new Claimed("main", null, 77, List.of()));
        database.lapse("a");
        assertThat(b.takeOver(10)).as("no lease").isEmpty();

        assertThat(b.claim("main", false)).isEqualTo(new Claimed("main", null, 77, List.of()));
    }

    // --- giving

    @Test
    void aGivenClaimTakesItsDeliveriesAlong() {
        a.claim("main", true);
        Delivery delivery = delivery("main", 1);
        leasesOfA
                .put(active("main"), new ChangeRecords(List.of(), List.of(delivery)))
                .toCompletableFuture()
                .join();

        assertThat(a.give("b", List.of("main", "never-mine"))).containsExactlyInAnyOrder("main", "never-mine");

        assertThat(b.owned(List.of("main"))).singleElement().satisfies(claimed -> {
            assertThat(claimed.lease()).isEqualTo(active("main").withVersion(1 + SKIPPED));
            assertThat(claimed.deliveries()).containsExactly(delivery);
        });
        assertThat(leasesOfA.deliveries()).isEmpty();
        assertThat(put(leasesOfA, active("main").withVersion(5))).isFalse();
    }

    @Test
    void nothingIsGivenToAMemberThatIsNotThere() {
        put(a, leasesOfA, active("main"));
        database.lapse("b");

        assertThat(a.give("b", List.of("main"))).isEmpty();
        assertThat(a.give("nobody", List.of("main"))).isEmpty();
        assertThat(leasesOfA.live()).hasSize(1);
    }

    @Test
    void whatIsGivenToAnyMemberIsThereForTheFirst() {
        a.claim("main", true);
        Delivery delivery = delivery("main", 1);
        leasesOfA
                .put(active("main"), new ChangeRecords(List.of(), List.of(delivery)))
                .toCompletableFuture()
                .join();

        assertThat(a.give(null, List.of("main"))).containsExactly("main");

        assertThat(b.beat(0, 1).unowned()).isOne();
        assertThat(b.takeOver(10))
                .singleElement()
                .satisfies(claimed -> assertThat(claimed.deliveries()).containsExactly(delivery));
    }

    /** Otherwise no beat would follow, and the others would take all that this member has. */
    @Test
    void aGiftDoesNotWaitForEverBehindWritesThatHang() throws Exception {
        put(a, leasesOfA, active("main"));
        try (Connection other = DriverManager.getConnection(database.url());
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("LOCK TABLE lease IN ACCESS EXCLUSIVE MODE");
            leasesOfA.put(active("main").withVersion(2), ChangeRecords.NONE);

            assertThatThrownBy(() -> a.give("b", List.of("main")))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("other writes took too long");
            assertThat(a.beat(1, 1).lapsed()).isFalse();
        }
    }

    /** Each write of the lease comes before the claim is given away. */
    @Test
    void writesThatWaitAreOnDiskBeforeTheClaimIsGone() {
        a.claim("main", true);
        for (int version = 1; version <= 500; version++) {
            leasesOfA.put(active("main").withVersion(version), ChangeRecords.NONE);
        }

        a.give("b", List.of("main"));

        assertThat(leasesOfB.live()).extracting(Lease::version).containsExactly(500 + SKIPPED);
    }

    // --- deliveries

    @Test
    void deliveriesOfADeadMemberAreTakenOverOnceWhateverTheyConcern() {
        a.claim("ended", true);
        Delivery ofNobody = new Delivery("pager", event("e1", 1, null), true);
        Delivery ofEnded = delivery("ended", 2);
        leasesOfA.saveFleet(null, List.of(ofNobody)).toCompletableFuture().join();
        leasesOfA
                .delete("ended", new ChangeRecords(List.of(), List.of(ofEnded)))
                .toCompletableFuture()
                .join();
        assertThat(b.takeOver(10)).isEmpty();
        database.lapse("a");

        assertThat(b.takeOver(0))
                .containsExactly(
                        new Claimed("", null, 0, List.of(ofNobody)), new Claimed("ended", null, 0, List.of(ofEnded)));

        assertThat(leasesOfB.deliveries()).containsExactly(ofNobody, ofEnded);
        c.beat(0, 1);
        assertThat(c.takeOver(10)).isEmpty();
    }

    @Test
    void aDeliveryThatWasTakenOverStaysWithItsNewOwner() {
        put(a, leasesOfA, active("main"));
        Delivery delivery = delivery("main", 1);
        ChangeRecords records = new ChangeRecords(List.of(), List.of(delivery));
        leasesOfA.put(active("main"), records).toCompletableFuture().join();
        database.lapse("a");
        b.takeOver(10);

        leasesOfA.put(active("main"), records).toCompletableFuture().join();

        assertThat(leasesOfB.deliveries()).containsExactly(delivery);
        assertThat(leasesOfA.deliveries()).isEmpty();
    }

    // --- changes

    @Test
    void aPollTellsWhatHasChangedSinceTheOneBefore() {
        put(a, leasesOfA, active("main"));
        FleetStore.Changes all = b.changes(FleetStore.BEGINNING);
        assertThat(all.changes()).containsExactly(new Change("main", "a", null, active("main")));
        FleetStore.Changes none = b.changes(all.next());
        assertThat(none.changes()).isEmpty();

        put(leasesOfA, active("main").withVersion(2));
        FleetStore.Changes one = b.changes(none.next());
        assertThat(one.changes())
                .containsExactly(new Change("main", "a", null, active("main").withVersion(2)));
        leasesOfA.delete("main", ChangeRecords.NONE).toCompletableFuture().join();

        FleetStore.Changes gone = b.changes(one.next());
        assertThat(gone.changes()).containsExactly(new Change("main", "a", null, null));
        assertThat(b.changes(one.next()).changes()).as("asked again").isEqualTo(gone.changes());
        assertThat(b.changes(all.next()).changes()).as("asked from long ago").isEqualTo(gone.changes());
    }

    /** A transaction that began first and ends last must not be missed, nor hold the others up. */
    @Test
    void noChangeIsMissedWhenTransactionsEndInAnotherOrder() throws Exception {
        put(a, leasesOfA, active("first"));
        put(a, leasesOfA, active("second"));
        long since = b.changes(FleetStore.BEGINNING).next();
        try (Connection early = DriverManager.getConnection(database.url());
                Connection late = DriverManager.getConnection(database.url())) {
            early.setAutoCommit(false);
            late.setAutoCommit(false);
            touch(early, "first");
            touch(late, "second");
            late.commit();

            FleetStore.Changes second = b.changes(since);
            FleetStore.Changes nothing = b.changes(second.next());
            early.commit();
            FleetStore.Changes first = b.changes(nothing.next());

            assertThat(second.changes()).extracting(Change::account).containsExactly("second");
            assertThat(nothing.changes()).isEmpty();
            assertThat(first.changes()).extracting(Change::account).containsExactly("first");
        }
    }

    private static void touch(Connection connection, String account) throws Exception {
        try (Statement statement = connection.createStatement()) {
            statement.execute("UPDATE lease SET version = version + 1 WHERE account = '" + account + "'");
        }
    }

    @Test
    void eventsOfOthersAreToldInTheirOrderFromTheFirstPollOn() {
        opened[0]
                .events()
                .append(List.of(event("a1", 1, "main")), 0)
                .toCompletableFuture()
                .join();
        FleetStore.Changes before = b.changes(FleetStore.BEGINNING);
        assertThat(before.events()).isEmpty();
        List<FeedEvent> ofA = List.of(event("a2", 2, "main"), event("a3", 3, null));
        opened[0].events().append(ofA, 0).toCompletableFuture().join();
        opened[1]
                .events()
                .append(List.of(event("b1", 2, "main")), 0)
                .toCompletableFuture()
                .join();

        FleetStore.Changes after = b.changes(before.next());

        assertThat(after.events()).isEqualTo(ofA);
        assertThat(b.changes(after.next()).events()).isEmpty();
        assertThat(opened[0].events().newest(10)).isEmpty();
    }

    // --- trouble

    @Test
    void afterALostConnectionTheNextCallWorks() throws Exception {
        put(a, leasesOfA, active("main"));
        // A lock that makes the call wait: the connection ends in the middle of it.
        try (Connection other = DriverManager.getConnection(database.url());
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("LOCK TABLE member IN ACCESS EXCLUSIVE MODE");
            Thread killer = new Thread(() -> {
                while (database.query("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                                + " AND datname = current_database()")
                        .equals("0")) {
                    Thread.onSpinWait();
                }
                database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        + " WHERE wait_event_type = 'Lock' AND datname = current_database()");
            });
            killer.start();

            assertThatThrownBy(() -> a.beat(1, 1)).isInstanceOf(StoreException.class);

            killer.join();
            other.rollback();
        }
        assertThat(a.beat(1, 1).members()).hasSize(2);
    }

    @Test
    void afterAllConnectionsAreGoneEveryCallWorks() {
        put(a, leasesOfA, active("main"));
        long since = a.changes(FleetStore.BEGINNING).next();
        a.beat(1, 1);

        database.terminateConnections();

        assertThat(put(leasesOfA, active("main").withVersion(2))).isTrue();
        assertThat(a.changes(since).changes()).hasSize(1);
        assertThat(a.beat(1, 1).members()).hasSize(2);
    }

    @Test
    void aReadOnlyDatabaseRefusesWritesUntilItIsWritableAgain() {
        put(a, leasesOfA, active("main"));
        database.readOnly(true);
        try {
            assertThatThrownBy(() -> a.beat(1, 1))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("read-only");
            assertThatThrownBy(() -> a.takeOver(1)).isInstanceOf(StoreException.class);
            assertThatThrownBy(() -> a.give("b", List.of("main"))).isInstanceOf(StoreException.class);
            assertThat(a.changes(FleetStore.BEGINNING).changes()).hasSize(1);
        } finally {
            database.readOnly(false);
        }
        assertThat(a.beat(1, 1).members()).hasSize(2);
    }

    private static void put(FleetStore fleet, LeaseStore leases, Lease lease) {
        assertThat(fleet.claim(lease.account(), true)).isNotNull();
        assertThat(put(leases, lease)).isTrue();
    }

    private static boolean put(LeaseStore leases, Lease lease) {
        return leases.put(lease, ChangeRecords.NONE).toCompletableFuture().join();
    }

    private static Lease expiring(String account, int seconds) {
        return Given.in(account, new Active(Given.at(0)), OnLoss.RECREATE, Given.at(seconds));
    }

    private static Lease pending(String account) {
        return new Lease(
                Given.registration(account, OnLoss.RECREATE), 0, null, new Pending(Given.T0, 0, null), null, null, 1);
    }

    private static Delivery delivery(String account, long seq) {
        return new Delivery("pager", event("of-a-" + seq, seq, account), true);
    }

    private static FeedEvent event(String id, long seq, @Nullable String account) {
        LeaseFacts lease = account == null ? null : new LeaseFacts(account, 1, "ACTIVE", 1, "ab", Given.at(9), null);
        return new FeedEvent(id, seq, Given.T0, lease == null ? EventType.GATE_CLOSED : EventType.KEY, lease);
    }
}
