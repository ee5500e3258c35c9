package dev.listenkeyd.store;

import static dev.listenkeyd.lease.Given.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.audit.AuditRow;
import dev.listenkeyd.audit.AuditStore.Page;
import dev.listenkeyd.audit.Retention;
import dev.listenkeyd.lease.ChangeRecords;
import dev.listenkeyd.lease.Delivery;
import dev.listenkeyd.lease.EventType;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.FeedEvent.LeaseFacts;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.Loss;
import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.secrets.KeySource;
import dev.listenkeyd.secrets.SecretKeys;
import dev.listenkeyd.store.Store.Unusable;
import dev.listenkeyd.store.StoreCopy.Copied;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store of one file that moves into the database of several replicas. */
@NullUnmarked
class StoreCopyTest {
    private static final Loss LOSS = Given.loss(LossCause.EXPIRED, at(1), null, "0badcafe");

    @TempDir
    private Path temporary;

    private StoreFolder folder;
    private PostgresDatabase database;
    private PostgresStore target;

    @BeforeEach
    void begin() throws Exception {
        folder = new StoreFolder(temporary).migrate();
        database = PostgresDatabase.migrated();
        target = database.open("a");
    }

    @AfterEach
    void end() {
        folder.close();
        database.close();
    }

    @Test
    void everythingIsThereForAnyReplicaAndTheFileIsAsItWas() throws Exception {
        Delivery delivery = delivery();
        AuditRow row = fill("main", "other", delivery);
        byte[] before = Files.readAllBytes(folder.file());

        Copied copied = target.copyFrom(folder.file());

        assertThat(copied).isEqualTo(new Copied(2, 0, 1, 1, 1));
        assertThat(Files.readAllBytes(folder.file())).isEqualTo(before);
        target.fleet().beat(0, 1);
        assertThat(target.fleet().takeOver(10))
                .extracting(claimed -> claimed.lease().withVersion(1))
                .containsExactlyInAnyOrder(lease("main"), lease("other"));
        assertThat(target.leases().losses("main", 0, 10)).containsExactly(LOSS);
        assertThat(target.leases().deliveries()).containsExactly(delivery);
        Page audit = target.audit().page(0, 10);
        assertThat(audit.rows()).containsExactly(row);
        assertThat(audit.chain().head()).isEqualTo(row.link());
    }

    @Test
    void aSecondRunFindsEverythingThere() throws Exception {
        fill("main", "other", delivery());
        target.copyFrom(folder.file());

        assertThat(target.copyFrom(folder.file())).isEqualTo(new Copied(0, 2, 0, 1, 0));
        assertThat(database.query("SELECT count(*) FROM delivery")).isEqualTo("1");
    }

    @Test
    void anotherLeaseOfAnAccountStopsItAndNothingIsCopied() throws Exception {
        fill("main", "other", delivery());
        target.fleet().claim("other", true);
        target.leases()
                .put(
                        lease("other")
                                .withRegistration(
                                        new Registration("other", Given.API_KEY, OnLoss.RECREATE, "bot", at(99))),
                        ChangeRecords.NONE)
                .toCompletableFuture()
                .join();

        assertThatThrownBy(() -> target.copyFrom(folder.file()))
                .isInstanceOf(Unusable.class)
                .hasMessageContaining("another lease of the account other");

        assertThat(database.query("SELECT count(*) FROM lease")).isEqualTo("1");
        assertThat(database.query("SELECT count(*) FROM loss")).isEqualTo("0");
    }

    @Test
    void aFileThatIsMissingInUseOrOfAnotherKeyIsRefused() throws Exception {
        assertThatThrownBy(() -> target.copyFrom(temporary.resolve("missing.db")))
                .hasMessageContaining("there is no file");
        assertThat(temporary.resolve("missing.db")).doesNotExist();

        fill("main", "other", delivery());
        try (StoreFile used = StoreFile.open(folder.file())) {
            assertThat(used.schemaVersion()).isPositive();
            assertThatThrownBy(() -> target.copyFrom(folder.file())).hasMessageContaining("in use");
        }
    }

    /** Fills the file as a daemon does, and closes it. */
    private AuditRow fill(String account, String other, Delivery delivery) throws Exception {
        SecretKeys keys = SecretKeys.parse(StoreFolder.KEY);
        SecureRandom random = new SecureRandom();
        SqliteStore source = new SqliteStore(
                folder.file(), new KeySource(folder.file(), keys, random), folder.connect(), () -> {}, random);
        source.open();
        AuditRow row = new AuditRow(1, at(1), "bot", "register", account, "done", "a hash");
        source.leases()
                .put(lease(account), new ChangeRecords(List.of(LOSS), List.of(delivery)))
                .toCompletableFuture()
                .join();
        source.leases()
                .put(lease(other), ChangeRecords.NONE)
                .toCompletableFuture()
                .join();
        source.audit().append(List.of(row), new Retention.Bounds(Instant.EPOCH, 1000));
        source.close();
        folder.close();
        return row;
    }

    private static Delivery delivery() {
        LeaseFacts facts = new LeaseFacts("main", 1, "ACTIVE", 1, "0badcafe", null, null);
        return new Delivery("pager", FeedEvent.numbered(12_345, at(2), EventType.KEY, facts), true);
    }

    private static Lease lease(String account) {
        return Given.in(account, new Active(at(1800)), OnLoss.RECREATE, at(3600));
    }
}
