package dev.listenkeyd.store;

import static dev.listenkeyd.store.StoreFolder.KEY;
import static dev.listenkeyd.store.StoreFolder.OTHER_KEY;
import static dev.listenkeyd.store.StoreFolder.active;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.listenkeyd.lease.ChangeRecords;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.Pause;
import dev.listenkeyd.secrets.SecretKeys;
import io.agroal.api.AgroalDataSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Opening a database: what is refused, and what two replicas that open the same one do to each other. */
@NullUnmarked
class PostgresStoreTest {
    private PostgresDatabase database;

    @BeforeEach
    void begin() {
        database = PostgresDatabase.empty();
    }

    @AfterEach
    void end() {
        database.close();
    }

    @Test
    void theSchemaIsThatOfTheNewestMigration() throws Exception {
        database.open("a");

        assertThat(database.query("SELECT max(version) FROM flyway_schema_history"))
                .isEqualTo("" + PostgresSchema.VERSION);
        try (Stream<Path> migrations = Files.list(Path.of("src/main/resources/db/postgresql"))) {
            assertThat(migrations).hasSize(PostgresSchema.VERSION);
        }
    }

    @Test
    void twoReplicasThatMigrateAtOnceBothOpen() {
        List<CompletableFuture<Boolean>> opened = Stream.of("a", "b", "c")
                .map(member -> CompletableFuture.supplyAsync(() -> {
                    try {
                        return database.open(member).isOpen();
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                }))
                .toList();

        assertThat(opened).allMatch(CompletableFuture::join);
        assertThat(database.query("SELECT count(*) FROM flyway_schema_history")).isEqualTo("" + PostgresSchema.VERSION);
    }

    /** A replica of the version before goes on beside the new one. */
    @Test
    void anAuditOfTheFirstVersionIsKept() throws Exception {
        database.migrateTo("1");
        String row = "INSERT INTO audit (replica, seq, at, client, action, result, hash) VALUES ";
        database.execute(
                row + "('b', 1, 3, 'bot', 'renew', 'renewed', 'x'), ('a', 1, 2, 'bot', 'renew', 'renewed', 'y')");

        PostgresStore store = database.open("a");
        database.execute(row + "('a', 2, 1, 'bot', 'renew', 'renewed', 'z')");

        assertThat(store.auditChains().page(0, null, 10).rows())
                .extracting(placed -> placed.replica() + placed.row().seq())
                .containsExactly("a2", "a1", "b1");
    }

    @Test
    void aNewerSchemaIsRefusedAndLeftAlone() throws Exception {
        database.open("a");
        database.execute(
                "INSERT INTO flyway_schema_history SELECT 1000, '1000', 'from the future', type, script, checksum,"
                        + " installed_by, installed_on, execution_time, success FROM flyway_schema_history LIMIT 1");

        assertThat(refusal(KEY))
                .contains(
                        "schema version 1000",
                        "newer listenkeyd",
                        "knows " + PostgresSchema.VERSION,
                        "Nothing was changed");
    }

    @Test
    void aReadOnlyDatabaseIsRefused() throws Exception {
        database.open("a");
        database.readOnly(true);

        assertThat(refusal(KEY)).contains("may be read, but not written").contains("LISTENKEYD_STORE_URL");

        database.readOnly(false);
        database.open("b");
    }

    @Test
    void anotherKeyThanThatOfTheFirstReplicaIsRefused() throws Exception {
        database.open("a");

        assertThat(refusal(OTHER_KEY))
                .contains("is encrypted with key", "and given is", "LISTENKEYD_SECRETS_KEY")
                .doesNotContain(KEY, OTHER_KEY);
        assertThat(refusal(StoreFolder.key(3))).contains("is encrypted with key");
    }

    @Test
    void aLeaseThatNoKeyReadsStopsNoStart() throws Exception {
        put(database.open("a"), active("main"));
        database.execute("UPDATE lease SET listen_key = '\\x0102030405'");

        assertThat(database.open("b").isOpen()).isTrue();
    }

    @Test
    void aDatabaseThatIsAwayIsNamedWithoutAPassword() throws Exception {
        AgroalDataSource nowhere = PostgresDatabase.missing().connect();
        PostgresStore store = new PostgresStore(
                "postgresql://db/leases", SecretKeys.parse(KEY), nowhere, () -> {}, new SecureRandom(), identity());

        assertThatThrownBy(store::open)
                .isInstanceOf(Store.Unusable.class)
                .hasMessageContainingAll("can't be used", "\"missing\" does not exist", "LISTENKEYD_STORE_URL");
        assertThat(store.isOpen()).isFalse();
        assertThat(store.name()).isEqualTo("postgresql://db/leases");
        assertThatThrownBy(store.leases()::live).isInstanceOf(RuntimeException.class);
    }

    @Test
    void aFailedMigrationIsRefused() {
        PostgresStore store = new PostgresStore(
                "postgresql://db/leases",
                SecretKeys.parse(KEY),
                database.connect(),
                () -> {
                    throw new IllegalStateException("no room");
                },
                new SecureRandom(),
                identity());

        assertThatThrownBy(store::open).hasMessageContainingAll("can't be brought up to date", "no room");
    }

    // --- keys

    @Test
    void onceAllSecretsAreReencryptedTheOldKeyIsRefused() throws Exception {
        PostgresStore first = database.open("a");
        put(first, active("main"));
        PostgresStore rotated = database.store("b", OTHER_KEY + "," + KEY);
        rotated.open();

        Reencryption reencryption = Objects.requireNonNull(rotated.reencryption());
        for (int steps = 0; !reencryption.step(); steps++) {
            assertThat(steps).isLessThan(5);
        }

        assertThat(reencryption.count()).isOne();
        assertThat(refusal(KEY)).contains("is encrypted with key");
        PostgresStore next = database.store("c", OTHER_KEY);
        next.open();
        database.execute("UPDATE claim SET owner = 'c'");
        assertThat(next.leases().live()).containsExactly(active("main"));
    }

    @Test
    void reencryptionBeginsAnewWhileThereIsARowUnderTheOldKey() throws Exception {
        put(database.open("a"), active("busy"), active("main"));
        PostgresStore rotated = database.store("b", OTHER_KEY + "," + KEY);
        rotated.open();
        Reencryption reencryption = Objects.requireNonNull(rotated.reencryption());
        try (Connection other = DriverManager.getConnection(database.url());
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("SELECT * FROM lease WHERE account = 'busy' FOR UPDATE");
            assertThat(reencryption.step()).isFalse();
            other.rollback();
        }

        assertThat(reencryption.step()).isTrue();
        assertThat(reencryption.count()).isEqualTo(2);
    }

    /** The others must be able to read what is left under it. */
    @Test
    void aRowThatDoesNotDecryptKeepsTheOldKeyInUse() throws Exception {
        put(database.open("a"), active("damaged"), active("main"));
        database.execute("UPDATE lease SET listen_key = api_key WHERE account = 'damaged'");
        PostgresStore rotated = database.store("b", OTHER_KEY + "," + KEY);
        rotated.open();
        Reencryption reencryption = Objects.requireNonNull(rotated.reencryption());

        assertThatThrownBy(reencryption::step).hasMessageContaining("damaged: its listen_key does not decrypt");
        assertThat(reencryption.count()).isOne();
        database.open("c");

        database.execute("DELETE FROM lease WHERE account = 'damaged'");
        assertThat(reencryption.step()).isTrue();
        assertThat(refusal(KEY)).contains("is encrypted with key");
    }

    // --- what each replica has of its own

    @Test
    void aPauseIsThatOfTheReplica() throws Exception {
        Pause pause = new Pause(Given.at(600), Reason.BANNED);
        database.open("a")
                .leases()
                .saveFleet(pause, List.of())
                .toCompletableFuture()
                .join();

        assertThat(database.open("a").leases().pause()).isEqualTo(pause);
        assertThat(database.open("b").leases().pause()).isNull();
    }

    // --- housekeeping

    @Test
    void whatNothingNeedsAnyMoreIsPruned() throws Exception {
        PostgresStore a = database.open("a");
        put(a, active("main"));
        a.fleet().claim("recent", true);
        a.fleet().claim("old", true);
        database.execute("ALTER TABLE claim DISABLE TRIGGER ALL");
        database.execute("UPDATE claim SET changed_at = now() - interval '8 days' WHERE account <> 'recent'");
        database.execute("INSERT INTO member (id, replica, until, lapses, leases, weight) VALUES"
                + " ('gone', 'x', now() - interval '2 h', 0, 0, 0), ('late', 'x', now() - interval '1 min', 0, 0, 0)");
        int events = Housekeeping.EVENTS_KEPT + 5;
        database.execute("INSERT INTO event (member, seq, id, at, type) SELECT 'a', n, n::text, 0, 'KEY'"
                + " FROM generate_series(1, 10) AS n");
        database.execute("INSERT INTO event (member, seq, id, at, type) SELECT 'a', n, n::text, 0, 'KEY'"
                + " FROM generate_series(11, " + events + ") AS n");

        Housekeeping.run(database.connect().getConnection());

        assertThat(database.query("SELECT string_agg(account, ',' ORDER BY account) FROM claim"))
                .isEqualTo("main,recent");
        assertThat(database.query("SELECT string_agg(id, ',' ORDER BY id) FROM member"))
                .isEqualTo("late");
        assertThat(database.query("SELECT min(seq) || ' ' || count(*) FROM event"))
                .isEqualTo("1 " + events);

        database.execute("INSERT INTO event (member, seq, id, at, type) SELECT 'b', n, n::text, 0, 'KEY'"
                + " FROM generate_series(1, 5) AS n");
        Housekeeping.run(database.connect().getConnection());
        assertThat(database.query("SELECT min(seq) FROM event WHERE member = 'a'"))
                .isEqualTo("11");
    }

    private String refusal(String keys) {
        Store.Unusable refused = catchThrowableOfType(
                Store.Unusable.class, () -> database.store("z", keys).open());
        assertThat(refused).isNotNull();
        return String.valueOf(refused.getMessage());
    }

    private static Identity identity() {
        return new Identity("z", "z", Duration.ofSeconds(15));
    }

    private static void put(PostgresStore store, Lease... leases) {
        for (Lease lease : leases) {
            store.fleet().claim(lease.account(), true);
            store.leases().put(lease, ChangeRecords.NONE).toCompletableFuture().join();
        }
    }
}
