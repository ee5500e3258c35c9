package dev.listenkeyd.store;

import static dev.listenkeyd.store.StoreFolder.KEY;
import static dev.listenkeyd.store.StoreFolder.OTHER_KEY;
import static dev.listenkeyd.store.StoreFolder.active;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.fleet.FleetStore;
import dev.listenkeyd.fleet.FleetStore.Change;
import dev.listenkeyd.fleet.FleetStore.Changes;
import dev.listenkeyd.fleet.FleetStore.Claimed;
import dev.listenkeyd.fleet.FleetStore.UnreadableException;
import dev.listenkeyd.lease.ChangeRecords;
import dev.listenkeyd.lease.LeaseStore;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A lease under a key that one replica has and another one has not, or that nobody can read. */
@NullUnmarked
class PostgresUnreadableTest {
    private PostgresDatabase database;
    private FleetStore lacking;
    private FleetStore knowing;
    private LeaseStore leasesOfLacking;
    private LeaseStore leasesOfKnowing;

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

    private static void put(FleetStore member, LeaseStore leases, String account) {
        member.claim(account, true);
        assertThat(leases.put(active(account), ChangeRecords.NONE)
                        .toCompletableFuture()
                        .join())
                .isTrue();
    }
}
