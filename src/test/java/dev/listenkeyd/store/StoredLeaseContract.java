package dev.listenkeyd.store;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.lease.AccountPause;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseState.Lost;
import dev.listenkeyd.lease.LeaseState.Pending;
import dev.listenkeyd.lease.LeaseState.Recovering;
import dev.listenkeyd.lease.LeaseState.Retrying;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.lease.LeaseStoreContract;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.Loss;
import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.Pause;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.secrets.SecretCipher;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a store on disk promises besides, in either engine: each lease comes back, and no row tells a secret. */
@NullUnmarked
abstract class StoredLeaseContract extends LeaseStoreContract {
    private static final Instant T0 = Instant.parse("2026-11-22T00:00:00.123Z");
    static final Secret API_KEY = new Secret("an-api-key");
    static final ListenKey CONFIRMED = new ListenKey(new Secret("a-listen-key"), at(10), at(5), at(3610));
    static final SecretCipher CIPHER = StoreFolder.cipher(StoreFolder.KEY);

    private BlockingStore store;

    /** Runs a statement beside the store. */
    abstract void execute(String sql) throws Exception;

    /** The first column of the first row, as text. */
    abstract String query(String sql) throws Exception;

    /** Makes the schema take words that it refuses. */
    abstract void dropChecks() throws Exception;

    /** A literal of these bytes. */
    abstract String bytes(String hex);

    /** Makes the store that {@link #store} returns, without a lease. */
    abstract void openStore() throws Exception;

    @BeforeEach
    void begin() throws Exception {
        openStore();
        store = new BlockingStore(store());
    }

    @Override
    protected void await(CompletionStage<?> write) {
        BlockingStore.ended(write);
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
                        lease(new Active(at(2)), CONFIRMED, null, null)
                                .withPause(new AccountPause(at(1), at(9), "the desk's \"firewall\", ünï")),
                        lease(new Pending(at(1), 3, new Secret("adopted")), null, failure(null, null, ""), null)
                                .withPause(new AccountPause(at(-5), at(9), "?")),
                        lease(new Lost(at(3)), CONFIRMED, null, loss(null))
                                .withPause(new AccountPause(at(1), at(9), "x")),
                        lease(new Active(at(2)), CONFIRMED, failure(400, -1125, "gone"), loss(at(4))),
                        new Lease(
                                registration(null, OnLoss.REPORT, "b", "a:1", "c.d-e_f"),
                                7,
                                CONFIRMED,
                                new Lost(at(9)),
                                null,
                                null,
                                Column.MOST),
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
    void aLeaseComesBackAsItWasPut(Lease lease) {
        store.put(lease);

        assertThat(store.live()).containsExactly(lease);
    }

    @ParameterizedTest
    @MethodSource("leases")
    void aReplacementLeavesNothingOfTheOldRow(Lease lease) {
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
        Lease lease = lease(new Lost(at(1)), CONFIRMED, null, Given.loss(cause, at(1), null, "0011aabb"));
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
        Stream.of("b", "a-1", "a", "c").forEach(account -> store.put(named(account)));

        assertThat(store.live()).extracting(Lease::account).containsExactly("a", "a-1", "b", "c");
    }

    // --- trouble

    @ParameterizedTest
    @ValueSource(
            strings = {
                "state = 'HOPEFUL'",
                "on_loss = 'PRAY'",
                "failure_reason = 'MOOD', failure_at = 0",
                "loss_cause = 'FATE', loss_seq = 1",
                "api_key = x'07414243'",
                "listen_key = x'00'",
                "next_attempt_at = NULL",
                "expires_at = 9223372036854775807"
            })
    void aRowThatThisVersionCannotReadIsSaidWithoutItsSecrets(String damage) throws Exception {
        store.put(named("main"));
        dropChecks();
        execute("UPDATE lease SET " + damage.replaceFirst("x'(.*)'", bytes("$1")));

        assertThatThrownBy(store::live)
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("can't be read: main: its " + damage.substring(0, damage.indexOf(' ')))
                .hasMessageNotContaining(API_KEY.reveal());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "reason = 'MOOD'",
                "paused_until = 9223372036854775807",
                "paused_until = -9223372036854775808",
            })
    void aDamagedPauseCountsAsOverAndDoesNotHoldUpAStart(String damage) throws Exception {
        assertThat(BlockingStore.ended(store().saveFleet(new Pause(at(5), Reason.BANNED), List.of())))
                .isNull();
        execute("UPDATE pause SET " + damage);

        assertThat(store().pause()).isEqualTo(new Pause(Instant.EPOCH, Reason.BANNED));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "api_key = (SELECT api_key FROM lease WHERE account = 'main')",
                "listen_key = (SELECT listen_key FROM lease WHERE account = 'main')",
                "listen_key = api_key",
                "api_key = listen_key",
            })
    void aSecretThatWasCopiedFromElsewhereIsSaidByAccount(String copy) throws Exception {
        store.put(named("main"));
        store.put(named("robbed"));
        execute("UPDATE lease SET " + copy + " WHERE account = 'robbed'");

        assertThatThrownBy(store::live)
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("robbed: its " + copy.substring(0, copy.indexOf(' ')) + " does not decrypt")
                .hasMessageNotContaining(API_KEY.reveal());
    }

    @Test
    void noSecretStandsInARow() throws Exception {
        store.put(lease(new Pending(at(0), 0, new Secret("adopted")), CONFIRMED, null, null));

        for (String column : List.of("api_key", "listen_key", "adopted_key")) {
            String hex = query("SELECT " + hex(column) + " FROM lease");
            assertThat(new String(HexFormat.of().parseHex(hex), ISO_8859_1))
                    .startsWith("\1")
                    .doesNotContain("an-api-key", "a-listen-key", "adopted");
        }
    }

    /** An expression for the column's bytes in hexadecimal digits. */
    abstract String hex(String column);

    /** The words of the schema, which a renamed class must not change. */
    @ParameterizedTest
    @MethodSource("states")
    void aStateIsStoredAsAWordOfTheSchema(LeaseState state) throws Exception {
        store.put(lease(state, CONFIRMED, null, null));
        List<String> words = List.of("PENDING", "ACTIVE", "RETRYING", "RECOVERING", "LOST");

        assertThat(query("SELECT state FROM lease"))
                .isEqualTo(words.get(states().toList().indexOf(state)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"state = 'HOPEFUL'", "on_loss = 'PRAY'"})
    void theSchemaRefusesOtherWords(String damage) {
        store.put(named("main"));

        assertThatThrownBy(() -> execute("UPDATE lease SET " + damage)).hasMessageMatching("(?is).*check constraint.*");
    }

    @Test
    void withoutItsTableItSaysSo() throws Exception {
        dropLeases();

        assertThatThrownBy(store::live).isInstanceOf(StoreException.class).hasMessageContaining("lease");
        assertThatThrownBy(() -> store.put(named("main"))).isInstanceOf(StoreException.class);
    }

    abstract void dropLeases() throws Exception;

    static Instant at(long seconds) {
        return T0.plusSeconds(seconds);
    }

    static Lease named(String account) {
        Registration registration = new Registration(account, API_KEY, OnLoss.RECREATE, "bot", T0);
        return new Lease(registration, 1, CONFIRMED, new Active(at(1800)), null, null, 1);
    }

    static Lease lease(LeaseState state, @Nullable ListenKey key, @Nullable Failure failure, @Nullable Loss loss) {
        return new Lease(registration(API_KEY, OnLoss.RECREATE, "bot"), 1, key, state, failure, loss, 2);
    }

    static Registration registration(@Nullable Secret apiKey, OnLoss onLoss, String... holders) {
        SortedMap<String, String> clients = new TreeMap<>();
        List.of(holders).forEach(holder -> clients.put(holder, "client-of-" + holder.toLowerCase(Locale.ROOT)));
        return new Registration("main", apiKey, onLoss, clients, T0);
    }

    static Failure failure(@Nullable Integer status, @Nullable Integer code, String message) {
        return new Failure(at(7), Reason.UNREACHABLE, status, code, message);
    }

    static Loss loss(@Nullable Instant recoveredAt) {
        return Given.loss(LossCause.CLOSED_ELSEWHERE, at(3), recoveredAt, "9b2e77aa");
    }
}
