package dev.listenkeyd.store;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseState.Lost;
import dev.listenkeyd.lease.LeaseState.Pending;
import dev.listenkeyd.lease.LeaseState.Recovering;
import dev.listenkeyd.lease.LeaseState.Retrying;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.Loss;
import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.Pause;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.secrets.SecretCipher;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteDataSource;

class SqliteLeaseStoreTest {
    private static final Instant T0 = Instant.parse("2026-11-22T00:00:00.123Z");
    private static final Secret API_KEY = new Secret("an-api-key");
    private static final ListenKey CONFIRMED = new ListenKey(new Secret("a-listen-key"), at(10), at(5), at(3610));
    private static final SecretCipher CIPHER = StoreFolder.cipher(StoreFolder.KEY);
    private static final int NO_LIMIT = 1_000_000;

    private final SQLiteDataSource disk = new SQLiteDataSource();
    private final BlockingStore store = new BlockingStore(disk, CIPHER);

    @TempDir
    private Path folder;

    @BeforeEach
    void startEmpty() throws Exception {
        Path file = new StoreFolder(folder).migrate().file();
        disk.setUrl("jdbc:sqlite:" + file);
        disk.setJournalMode(JournalMode.WAL.getValue());
    }

    // --- round trip

    static Stream<Lease> leases() {
        return Stream.concat(
                states().map(state -> lease(state, CONFIRMED, null, null)),
                Stream.of(
                        lease(new Pending(at(0), 0, null), null, null, null),
                        lease(new Pending(at(1), 3, new Secret("adopted")), null, failure(null, null, ""), null),
                        lease(new Active(at(1)), new ListenKey(new Secret("k"), at(1), null, at(2)), null, null),
                        lease(new Active(at(1)), CONFIRMED, failure(503, -1001, "two\nlines, ünï, 'quote'"), null),
                        lease(new Active(at(1)), CONFIRMED, failure(200, null, "no code"), null),
                        lease(new Active(at(1)), CONFIRMED, failure(null, Integer.MIN_VALUE, "no status"), null),
                        lease(new Recovering(at(2), 0, at(1)), CONFIRMED, null, loss(null)),
                        lease(new Active(at(2)), CONFIRMED, failure(400, -1125, "gone"), loss(at(4))),
                        new Lease(
                                registration(null, OnLoss.REPORT, "b", "a:1", "c.d-e_f"),
                                7,
                                CONFIRMED,
                                new Lost(at(9)),
                                null,
                                null,
                                Long.MAX_VALUE),
                        lease(new Active(Instant.EPOCH.minusMillis(1)), CONFIRMED, null, null)));
    }

    static Stream<LeaseState> states() {
        return Stream.of(
                new Pending(at(0), 2, null),
                new Active(at(1800)),
                new Retrying(at(1801), 4, at(1800)),
                new Recovering(at(3601), 5, at(3600)),
                new Lost(at(3600)));
    }

    @ParameterizedTest
    @MethodSource("leases")
    void whatIsInsertedComesBack(Lease lease) {
        store.put(lease);

        assertThat(store.live()).containsExactly(lease);
    }

    @ParameterizedTest
    @MethodSource("leases")
    void whatReplacesComesBackAndLeavesNothingOfTheOld(Lease lease) {
        Lease full = new Lease(
                registration(API_KEY, OnLoss.RECREATE, "old-holder"),
                3,
                CONFIRMED,
                new Retrying(at(1), 9, at(0)),
                failure(503, -1001, "old"),
                loss(at(3)),
                0);
        store.put(full);

        store.put(lease);

        assertThat(store.live()).containsExactly(lease);
    }

    @ParameterizedTest
    @EnumSource(Reason.class)
    void everyReasonComesBack(Reason reason) {
        Lease lease = lease(new Active(at(1)), CONFIRMED, new Failure(at(1), reason, null, null, "m"), null);
        store.put(lease);

        assertThat(store.live()).containsExactly(lease);
    }

    @ParameterizedTest
    @EnumSource(LossCause.class)
    void everyCauseComesBack(LossCause cause) {
        Lease lease = lease(new Lost(at(1)), CONFIRMED, null, new Loss(cause, at(1), null, "0011aabb"));
        store.put(lease);

        assertThat(store.live()).containsExactly(lease);
    }

    @Test
    void aDeadlineIsNeverLaterThanItWas() {
        Instant exact = Instant.parse("2026-11-22T01:00:00.123999999Z");
        store.put(lease(new Active(at(1)), new ListenKey(new Secret("k"), exact, null, exact), null, null));

        assertThat(store.live())
                .singleElement()
                .satisfies(lease -> assertThat(lease.expiresAt()).isEqualTo(Instant.parse("2026-11-22T01:00:00.123Z")));
    }

    @Test
    void leasesComeBackByAccount() {
        Stream.of("b", "a-1", "a", "c").forEach(account -> store.put(named(account, T0, 1)));

        assertThat(store.live()).extracting(Lease::account).containsExactly("a", "a-1", "b", "c");
    }

    @Test
    void whatWasWrittenIsThereForTheNextProcess() throws SQLException {
        store.put(named("main", T0, 1));
        SQLiteDataSource next = new SQLiteDataSource();
        next.setUrl(disk.getUrl());

        assertThat(new BlockingStore(next, CIPHER).live()).containsExactly(named("main", T0, 1));
    }

    // --- who may overwrite whom

    @Test
    void aNewerVersionReplacesAnOlderOne() {
        store.put(named("main", T0, 1));

        store.put(named("main", T0, 2));

        assertThat(store.live()).containsExactly(named("main", T0, 2));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 4})
    void aWriteOfAnOlderVersionChangesNothing(long version) {
        Lease newest = named("main", T0, 5);
        store.put(newest);

        store.put(new Lease(newest.registration(), 9, null, new Lost(T0), null, null, version));

        assertThat(store.live()).containsExactly(newest);
    }

    @Test
    void aDeleteConcernsOneAccountInWhateverVersion() {
        store.put(named("main", T0, 1));
        store.put(named("other", T0, 1));

        store.delete(named("main", T0, 7));

        assertThat(store.live()).containsExactly(named("other", T0, 1));
    }

    // --- the pause

    @Test
    void theNewestPauseIsKept() {
        assertThat(store.pause()).isNull();

        store.savePause(new Pause(at(600), Reason.BANNED));
        store.savePause(new Pause(at(60), Reason.THROTTLED));

        assertThat(store.pause()).isEqualTo(new Pause(at(60), Reason.THROTTLED));
    }

    // --- trouble

    @Test
    void aFullDiskIsSaidAndOnceThereIsRoomItGoesOn() {
        store.put(named("main", T0, 1));
        Lease large = lease(new Active(at(1)), CONFIRMED, failure(503, -1001, "x".repeat(100_000)), null);
        // No page more than the file has: SQLite never shrinks it below.
        disk.setMaxPageCount(1);

        assertThatThrownBy(() -> store.put(large))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("can't be written")
                .hasMessageContaining("SQLITE_FULL");
        assertThat(store.live()).containsExactly(named("main", T0, 1));

        disk.setMaxPageCount(NO_LIMIT);
        store.put(large);

        assertThat(store.live()).containsExactly(large);
    }

    @Test
    void everyWriteToAReadOnlyFileSaysSoAndReadingGoesOn() {
        Lease lease = named("main", T0, 1);
        store.put(lease);
        disk.setReadOnly(true);

        assertThatThrownBy(() -> store.put(named("other", T0, 1))).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> store.put(named("main", T0, 2))).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> store.delete(lease)).isInstanceOf(StoreException.class);
        assertThat(store.live()).containsExactly(lease);

        disk.setReadOnly(false);
        store.delete(lease);

        assertThat(store.live()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "state = 'HOPEFUL'",
                "on_loss = 'PRAY'",
                "failure_reason = 'MOOD'",
                "loss_cause = 'FATE'",
                "api_key = x'07414243'",
                "listen_key = x'00'"
            })
    void aRowThatThisVersionCannotReadIsSaidWithoutItsSecrets(String damage) throws SQLException {
        store.put(named("main", T0, 1));
        execute("PRAGMA ignore_check_constraints = ON; UPDATE lease SET " + damage);

        assertThatThrownBy(store::live)
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("can't be read")
                .hasMessageNotContaining(API_KEY.reveal());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "api_key = (SELECT api_key FROM lease WHERE account = 'main')",
                "listen_key = (SELECT listen_key FROM lease WHERE account = 'main')",
                "listen_key = api_key",
                "api_key = listen_key",
            })
    void aSecretThatWasCopiedFromElsewhereIsSaidByAccount(String copy) throws SQLException {
        store.put(named("main", T0, 1));
        store.put(named("robbed", T0, 1));
        execute("UPDATE lease SET " + copy + " WHERE account = 'robbed'");

        assertThatThrownBy(store::live)
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("robbed: its " + copy.substring(0, copy.indexOf(' ')) + " does not decrypt")
                .hasMessageNotContaining(API_KEY.reveal());
    }

    @Test
    void noSecretStandsInARow() throws SQLException {
        store.put(lease(new Pending(at(0), 0, new Secret("adopted")), CONFIRMED, null, null));

        try (Connection connection = disk.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT api_key, listen_key, adopted_key FROM lease")) {
            for (int column = 1; column <= 3; column++) {
                assertThat(new String(row.getBytes(column), ISO_8859_1))
                        .startsWith("\1")
                        .doesNotContain("an-api-key", "a-listen-key", "adopted");
            }
        }
    }

    /** The words of the schema, which a renamed class must not change. */
    @ParameterizedTest
    @MethodSource("states")
    void aStateIsStoredAsAWordOfTheSchema(LeaseState state) throws SQLException {
        store.put(lease(state, CONFIRMED, null, null));
        List<String> words = List.of("PENDING", "ACTIVE", "RETRYING", "RECOVERING", "LOST");

        try (Connection connection = disk.getConnection()) {
            List<String> stored = Sql.list(connection, "SELECT state FROM lease", row -> row.getString(1));
            assertThat(stored).containsExactly(words.get(states().toList().indexOf(state)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"state = 'HOPEFUL'", "on_loss = 'PRAY'"})
    void theSchemaRefusesOtherWords(String damage) {
        store.put(named("main", T0, 1));

        assertThatThrownBy(() -> execute("UPDATE lease SET " + damage)).hasMessageContaining("CHECK constraint failed");
    }

    @Test
    void withoutItsTableItSaysSo() throws SQLException {
        execute("DROP TABLE lease");

        assertThatThrownBy(store::live).isInstanceOf(StoreException.class).hasMessageContaining("lease");
        assertThatThrownBy(() -> store.put(named("main", T0, 1))).isInstanceOf(StoreException.class);
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = disk.getConnection();
                Statement statement = connection.createStatement()) {
            for (String part : sql.split("; ", -1)) {
                statement.execute(part);
            }
        }
    }

    private static Instant at(long seconds) {
        return T0.plusSeconds(seconds);
    }

    private static Lease named(String account, Instant registeredAt, long version) {
        Registration registration = new Registration(account, API_KEY, OnLoss.RECREATE, "bot", registeredAt);
        return new Lease(registration, 1, CONFIRMED, new Active(at(1800)), null, null, version);
    }

    private static Lease lease(
            LeaseState state, @Nullable ListenKey key, @Nullable Failure failure, @Nullable Loss loss) {
        return new Lease(registration(API_KEY, OnLoss.RECREATE, "bot"), 1, key, state, failure, loss, 2);
    }

    private static Registration registration(@Nullable Secret apiKey, OnLoss onLoss, String... holders) {
        SortedMap<String, String> clients = new TreeMap<>();
        List.of(holders).forEach(holder -> clients.put(holder, "client-of-" + holder.toLowerCase(Locale.ROOT)));
        return new Registration("main", apiKey, onLoss, clients, T0);
    }

    private static Failure failure(@Nullable Integer status, @Nullable Integer code, String message) {
        return new Failure(at(7), Reason.UNREACHABLE, status, code, message);
    }

    private static Loss loss(@Nullable Instant recoveredAt) {
        return new Loss(LossCause.CLOSED_ELSEWHERE, at(3), recoveredAt, "9b2e77aa");
    }
}
