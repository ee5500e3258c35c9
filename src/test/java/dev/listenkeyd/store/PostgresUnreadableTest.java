package dev.listenkeyd.store;

import static dev.listenkeyd.store.StoreFolder.KEY;
import static dev.listenkeyd.store.StoreFolder.OTHER_KEY;
import static dev.listenkeyd.store.StoreFolder.T0;
import static dev.listenkeyd.store.StoreFolder.active;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.fleet.FleetStore;
import dev.listenkeyd.fleet.FleetStore.Change;
import dev.listenkeyd.fleet.FleetStore.Changes;
import dev.listenkeyd.fleet.FleetStore.Claimed;
import dev.listenkeyd.fleet.FleetStore.UnreadableException;
import dev.listenkeyd.lease.ChangeRecords;
import dev.listenkeyd.lease.Delivery;
import dev.listenkeyd.lease.EventStore;
import dev.listenkeyd.lease.EventType;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.FeedEvent.LeaseFacts;
import dev.listenkeyd.lease.LeaseStore;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A row under a key that one replica has and another one has not, or that nobody can read. */
@NullUnmarked
class PostgresUnreadableTest {
    private PostgresDatabase database;
    private FleetStore lacking;
    private FleetStore knowing;
    private LeaseStore leasesOfLacking;
    private LeaseStore leasesOfKnowing;
    private EventStore events;

    @BeforeEach
    void begin() throws Exception {
        database = PostgresDatabase.migrated();
        PostgresStore first = database.open("lacking");
        PostgresStore second = database.store("knowing", OTHER_KEY + "," + KEY);
        second.open();
        lacking = first.fleet();
        knowing = second.fleet();
        leasesOfLacking = first.leases();
        leasesOfKnowing = second.leases();
        events = second.events();
        lacking.beat(0, 1);
        knowing.beat(0, 1);
        put(lacking, leasesOfLacking, "plain");
        put(knowing, leasesOfKnowing, "secret");
    }

    @AfterEach
    void end() {
        database.close();
    }

    @Test
    void aPollGoesOnWithTheOtherRowsAndSaysWhichOneItCantRead() {
        Changes changes = lacking.changes(FleetStore.BEGINNING);

        assertThat(changes.changes())
                .containsExactlyInAnyOrder(
                        new Change("plain", "lacking", null, active("plain")),
                        new Change("secret", "knowing", null, null));
        assertThat(lacking.unreadable()).containsOnlyKeys("secret");
        assertThat(lacking.unreadable().get("secret"))
                .contains("secret: its api_key is encrypted with key", "and given is")
                .doesNotContain(KEY, OTHER_KEY);
        assertThat(knowing.changes(FleetStore.BEGINNING).changes()).allMatch(change -> change.lease() != null);
        assertThat(knowing.unreadable()).isEmpty();
    }

    @Test
    void itCanBeReadOnceItIsWrittenWithAKnownKeyOrHasEnded() {
        long since = lacking.changes(FleetStore.BEGINNING).next();
        database.execute("UPDATE lease SET api_key = NULL, listen_key = NULL");
        Changes readable = lacking.changes(since);
        assertThat(lacking.unreadable()).isEmpty();
        assertThat(readable.changes()).hasSize(2);

        database.execute("UPDATE lease SET api_key = '\\x00'");
        since = lacking.changes(readable.next()).next();
        assertThat(lacking.unreadable()).containsOnlyKeys("plain", "secret");

        database.execute("DELETE FROM lease");
        lacking.changes(since);
        assertThat(lacking.unreadable()).isEmpty();
    }

    @Test
    void aTakeoverLeavesItToOthersAndTakesTheRest() {
        put(knowing, leasesOfKnowing, "later");
        database.execute("UPDATE lease SET api_key = NULL, listen_key = NULL WHERE account = 'later'");
        knowing.leave();

        assertThat(lacking.takeOver(10)).extracting(Claimed::account).containsExactly("later");
        assertThat(database.query("SELECT owner FROM claim WHERE account = 'secret'"))
                .isEmpty();
        assertThat(lacking.takeOver(1))
                .as("the row that was left takes nobody's place")
                .isEmpty();

        knowing.beat(0, 1);
        assertThat(knowing.takeOver(10)).singleElement().satisfies(claimed -> {
            assertThat(claimed.account()).isEqualTo("secret");
            assertThat(claimed.lease()).isNotNull();
        });
    }

    @Test
    void whatWasGivenToOneThatCantReadItIsFreeForTheOthers() {
        knowing.give("lacking", List.of("secret"));

        assertThat(lacking.owned(List.of("secret", "plain")))
                .extracting(Claimed::account)
                .containsExactly("plain");

        assertThat(knowing.takeOver(10)).extracting(Claimed::account).containsExactly("secret");
    }

    @Test
    void aCommandForItIsRefusedAndAsksNobodyForIt() {
        lacking.changes(FleetStore.BEGINNING);

        assertThatThrownBy(() -> lacking.claim("secret", true)).isInstanceOf(UnreadableException.class);

        assertThat(database.query("SELECT wanted_by FROM claim WHERE account = 'secret'"))
                .isEmpty();
    }

    @Test
    void aCommandThatFindsOutLeavesTheClaimAsItWas() {
        knowing.leave();

        assertThatThrownBy(() -> lacking.claim("secret", true)).isInstanceOf(UnreadableException.class);

        assertThat(database.query("SELECT owner FROM claim WHERE account = 'secret'"))
                .isEqualTo("knowing");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "registered_at = 9223372036854775807",
                "registered_at = -9223372036854775808",
                "next_attempt_at = 9223372036854775807",
                "next_attempt_at = -9223372036854775808",
                "next_attempt_at = NULL",
                "expires_at = 9223372036854775807",
                "expires_at = -9223372036854775808",
                "expires_at = NULL",
                "last_success_at = NULL",
                "confirmed_at = 9223372036854775807",
                "checked_at = -9223372036854775808",
                "state_since = NULL, state = 'LOST'",
                "generation = -1",
                "failures = -1",
                "version = 9223372036854775807",
                "holders = ''",
                "listen_key = '\\x00'",
                "pause_since = NULL, pause_until = 1790000000000, pause_reason = 'a'",
                "pause_reason = NULL, pause_until = 1790000000000, pause_since = 1780000000000",
                "failure_reason = 'BORED', failure_at = 1780000000000, failure_message = 'a'",
                "failure_at = NULL, failure_reason = 'BANNED', failure_message = 'a'",
                "failure_message = NULL, failure_reason = 'BANNED', failure_at = 1780000000000",
                "loss_cause = 'BORED', loss_seq = 1",
                "loss_seq = NULL, loss_cause = 'EXPIRED'",
                "lost_fingerprint = NULL, loss_cause = 'EXPIRED', loss_seq = 1, lost_at = 1780000000000,"
                        + " loss_noticed_at = 1780000000000",
            })
    void aDamagedValueStopsNeitherAPollNorATakeover(String damage) {
        String column = damage.substring(0, damage.indexOf(' '));
        database.execute("UPDATE lease SET " + damage + " WHERE account = 'secret'");

        assertThat(knowing.changes(FleetStore.BEGINNING).changes())
                .contains(
                        new Change("plain", "lacking", null, active("plain")),
                        new Change("secret", "knowing", null, null));
        assertThat(knowing.unreadable()).containsOnlyKeys("secret");
        assertThat(knowing.unreadable().get("secret")).startsWith("secret: its " + column);

        put(lacking, leasesOfLacking, "later");
        database.execute("UPDATE lease SET " + damage + " WHERE account = 'plain'");
        lacking.leave();
        assertThat(knowing.takeOver(10)).extracting(Claimed::account).containsExactly("later");
        assertThat(knowing.unreadable()).containsOnlyKeys("plain", "secret");
    }

    /** As in a database that does not check its texts. */
    @Test
    void aValueThatTheDriverCantConvertIsDamagedAndAFailingStatementIsNot() {
        database.execute("ALTER TABLE lease ALTER COLUMN expires_at TYPE text");
        database.execute("UPDATE lease SET expires_at = 'infinity' WHERE account = 'secret'");

        assertThat(knowing.changes(FleetStore.BEGINNING).changes())
                .contains(new Change("plain", "lacking", null, active("plain")));
        assertThat(knowing.unreadable()).containsOnlyKeys("secret");
        assertThat(knowing.unreadable().get("secret")).startsWith("secret: a value can't be converted");

        database.execute("ALTER TABLE lease DROP COLUMN expires_at");
        assertThatThrownBy(() -> knowing.changes(FleetStore.BEGINNING)).isInstanceOf(StoreException.class);
    }

    @Test
    void theNextWriteOfItsOwnerReplacesADamagedRow() {
        database.execute("UPDATE lease SET version = 9223372036854775807, next_attempt_at = NULL");

        write(leasesOfLacking, "plain");

        assertThat(lacking.owned(List.of("plain")))
                .containsExactly(new Claimed("plain", active("plain"), 0, List.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"at = 9223372036854775807", "type = 'BORED'", "expires_at = -1e18", "status = NULL"})
    void aDamagedEventIsLeftOut(String damage) {
        long since = lacking.changes(FleetStore.BEGINNING).next();
        FeedEvent first = event(1);
        FeedEvent second = event(2);
        events.append(List.of(first, second), 0).toCompletableFuture().join();
        database.execute("UPDATE event SET " + damage + " WHERE seq = 1");

        assertThat(lacking.changes(since).events()).containsExactly(second);
    }

    @ParameterizedTest
    @ValueSource(strings = {"at = 9223372036854775807", "type = 'BORED'", "revision = NULL"})
    void aDamagedDeliveryIsLeftOut(String damage) {
        Delivery first = new Delivery("hook", event(1), true);
        Delivery second = new Delivery("hook", event(2), true);
        Delivery ofAll = new Delivery("hook", FeedEvent.numbered(3, T0, EventType.RENEWED, null), true);
        leasesOfLacking
                .saveFleet(null, List.of(first, second, ofAll))
                .toCompletableFuture()
                .join();
        database.execute("UPDATE delivery SET " + damage + " WHERE seq = 1");

        assertThat(leasesOfLacking.deliveries()).containsExactly(second, ofAll);

        database.execute("UPDATE delivery SET at = -1e18 WHERE seq = 3");
        lacking.leave();
        assertThat(knowing.takeOver(10)).singleElement().satisfies(claimed -> {
            assertThat(claimed.account()).isEqualTo("plain");
            assertThat(claimed.deliveries()).containsExactly(second);
        });
    }

    private static FeedEvent event(long seq) {
        LeaseFacts facts = new LeaseFacts("plain", 1, "ACTIVE", 1, "3f9a1c2b", T0, null);
        return FeedEvent.numbered(seq, T0, EventType.RENEWED, facts);
    }

    private static void put(FleetStore member, LeaseStore leases, String account) {
        member.claim(account, true);
        write(leases, account);
    }

    private static void write(LeaseStore leases, String account) {
        assertThat(leases.put(active(account), ChangeRecords.NONE)
                        .toCompletableFuture()
                        .join())
                .isTrue();
    }
}
