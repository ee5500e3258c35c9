package dev.listenkeyd.store;

import static dev.listenkeyd.store.StoreFolder.KEY;
import static dev.listenkeyd.store.StoreFolder.OTHER_KEY;
import static dev.listenkeyd.store.StoreFolder.active;
import static dev.listenkeyd.store.StoreFolder.cipher;
import static dev.listenkeyd.store.StoreFolder.pending;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.secrets.SecretCipher;
import io.agroal.api.AgroalDataSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteDataSource;

/** Old rows under the first key, and no trace of what they were. */
class ReencryptionTest {
    private static final int MANY = 2 * Reencryption.ROWS_AT_ONCE + 50;

    @TempDir
    private Path root;

    private StoreFolder folder = new StoreFolder(Path.of(""));

    @BeforeEach
    void setUp() throws Exception {
        folder = new StoreFolder(Files.createDirectory(root.resolve("data"))).migrate();
        folder.close();
    }

    @AfterEach
    void tearDown() {
        folder.close();
    }

    // --- nothing in any file

    @Test
    void aFreshStoreHoldsNoSecretWhileItRunsNorAfter() throws Exception {
        AgroalDataSource dataSource = folder.connect();
        BlockingStore store = new BlockingStore(dataSource, cipher(KEY));
        run(new Reencryption(dataSource, cipher(KEY), false));

        useAndLeave(store);

        assertThat(folder.files()).anyMatch(file -> file.toString().endsWith("-wal"));
        assertNoSecret();
        folder.close();
        assertNoSecret();
    }

    @Test
    void aStoreOfAnEarlierVersionHoldsNoSecretOnceItIsDone() throws Exception {
        List<Lease> leases = plainStoreWithRemains();
        assertThat(folder.filesWith("aPiKeY-of-released"))
                .as("what is to be cleared")
                .containsExactly("leases.db");
        // Killed while it runs: what it wrote last stands in the log.
        folder.execute("UPDATE lease SET holders = 'another@another'");
        folder.execute("UPDATE lease SET holders = 'bot@bot'");
        StoreFolder killed = folder.killed(Files.createDirectory(root.resolve("killed")));
        folder.close();
        folder = killed;
        assertThat(folder.filesWith("aPiKeY-of-")).containsExactly("leases.db", "leases.db-wal");
        AgroalDataSource dataSource = folder.connect();
        BlockingStore store = new BlockingStore(dataSource, cipher(KEY));
        assertThat(store.live()).containsExactlyElementsOf(leases);

        run(new Reencryption(dataSource, cipher(KEY), true));

        assertNoSecret();
        assertThat(store.live()).containsExactlyElementsOf(leases);
        useAndLeave(store);
        assertNoSecret();
        folder.close();
        assertNoSecret();
        assertThat(check(KEY)).isZero();
    }

    /** All leases of the earlier version were released, or renewed before their turn came: no row is left to encrypt. */
    @Test
    void whatAnEarlierVersionDeletedIsClearedEvenIfNoRowIsPlain() throws Exception {
        plainStoreWithRemains();
        folder.execute("DELETE FROM lease");
        folder.close();
        assertThat(folder.filesWith("aPiKeY-of-")).as("what is to be cleared").isNotEmpty();

        run(new Reencryption(folder.connect(), cipher(KEY), check(KEY) > 0));

        assertNoSecret();
    }

    @Test
    void aProcessThatDiesOnTheWayLeavesTheRestToTheNext() throws Exception {
        List<Lease> leases = plainStoreWithRemains();
        AgroalDataSource first = folder.connect();
        Reencryption dying = new Reencryption(first, cipher(KEY), true);
        for (int died = 0; !dying.step(); died++) {
            StoreFolder killed = folder.killed(Files.createDirectory(root.resolve("killed-" + died)));
            StoreFolder before = folder;
            folder = killed;
            AgroalDataSource dataSource = killed.connect();
            run(new Reencryption(dataSource, cipher(KEY), check(KEY) > 0));

            assertNoSecret();
            assertThat(new BlockingStore(dataSource, cipher(KEY)).live()).containsExactlyElementsOf(leases);
            folder.close();
            folder = before;
        }
    }

    /** Somebody went back to an earlier version for a while: what that left is cleared again. */
    @Test
    void aStoreThatWasPlainForAWhileIsClearedAgain() throws Exception {
        run(new Reencryption(folder.connect(), cipher(KEY), false));
        folder.close();
        plainStoreWithRemains();

        run(new Reencryption(folder.connect(), cipher(KEY), true));

        assertNoSecret();
    }

    // --- rows

    @Test
    void someRowsAtATimeUntilAllAreUnderTheFirstKey() throws Exception {
        List<Lease> leases = insert(cipher(KEY));
        SecretCipher rotated = cipher(OTHER_KEY + "," + KEY);
        Reencryption reencryption = new Reencryption(folder.connect(), rotated, true);

        String head = HexFormat.of().formatHex(rotated.currentHead());
        List<Integer> left = new ArrayList<>();
        do {
            left.add(Integer.valueOf(
                    folder.query("SELECT count(*) FROM lease WHERE substr(api_key, 1, 5) <> x'" + head + "'")));
        } while (!reencryption.step());

        folder.close();
        assertThat(left).startsWith(MANY, MANY, MANY - 100, MANY - 200, 0);
        assertThat(check(OTHER_KEY)).isZero();
        assertThat(new BlockingStore(folder.connect(), cipher(OTHER_KEY)).live())
                .containsExactlyElementsOf(leases);
        assertThat(reencryption.step()).isTrue();
    }

    @Test
    void rowsThatAreCurrentAreLeftAlone() throws Exception {
        insert(cipher(KEY));
        SecretCipher rotated = cipher(OTHER_KEY + "," + KEY);
        AgroalDataSource dataSource = folder.connect();
        new BlockingStore(dataSource, rotated).put(withVersion(active("a-100"), 2));
        String before = row("a-100");

        run(new Reencryption(dataSource, rotated, true));

        assertThat(row("a-100")).isEqualTo(before);
        assertThat(row("a-101")).isNotEqualTo(before);
    }

    @Test
    void aRenewalInBetweenStays() throws Exception {
        insert(cipher(KEY));
        SecretCipher rotated = cipher(OTHER_KEY + "," + KEY);
        AgroalDataSource dataSource = folder.connect();
        BlockingStore store = new BlockingStore(dataSource, rotated);
        Reencryption reencryption = new Reencryption(dataSource, rotated, true);
        Lease passed = withVersion(active("a-100"), 7);
        Lease ahead = withVersion(active("a-349"), 7);

        for (boolean done = false; !done; done = reencryption.step()) {
            store.put(passed);
            store.put(ahead);
        }

        assertThat(store.live()).hasSize(MANY).contains(passed, ahead);
        store.put(withVersion(active("a-101"), 2));
        assertThat(store.live()).contains(withVersion(active("a-101"), 2));
    }

    // --- trouble

    @Test
    void aLogThatSomebodyReadsIsEmptiedLater() throws Exception {
        plainStoreWithRemains();
        Reencryption reencryption = new Reencryption(folder.connectCarelessly(), cipher(KEY), true);
        SQLiteDataSource elsewhere = new SQLiteDataSource();
        elsewhere.setUrl("jdbc:sqlite:" + folder.file());
        try (Connection reader = elsewhere.getConnection();
                Statement statement = reader.createStatement()) {
            reader.setAutoCommit(false);
            try (ResultSet row = statement.executeQuery("SELECT count(*) FROM lease")) {
                assertThat(row.next()).isTrue();
            }
            for (int i = 0; i < 10; i++) {
                assertThat(reencryption.step()).isFalse();
            }
        }

        assertThat(reencryption.step()).isTrue();

        assertNoSecret();
    }

    @Test
    void aRowThatCannotBeReadIsSaidAndTheOthersOfItsTurnStayAsTheyAre() throws Exception {
        insert(cipher(KEY));
        SecretCipher rotated = cipher(OTHER_KEY + "," + KEY);
        AgroalDataSource dataSource = folder.connect();
        Reencryption reencryption = new Reencryption(dataSource, rotated, true);
        folder.execute("UPDATE lease SET listen_key = api_key WHERE account = 'a-101'");
        reencryption.step();
        String before = row("a-100");

        assertThatThrownBy(reencryption::step)
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("a-101: its listen_key does not decrypt");
        assertThat(row("a-100")).isEqualTo(before);

        new BlockingStore(dataSource, rotated).put(withVersion(active("a-101"), 2));
        run(reencryption);
        folder.close();
        assertThat(check(OTHER_KEY)).isZero();
    }

    private List<Lease> insert(SecretCipher with) throws SQLException {
        List<Lease> leases = IntStream.range(100, 100 + MANY)
                .mapToObj(i -> i % 3 == 0 ? pending("a-" + i) : active("a-" + i))
                .toList();
        insert(with, leases);
        return leases;
    }

    private void insert(SecretCipher with, List<Lease> leases) throws SQLException {
        BlockingStore store = new BlockingStore(folder.connectCarelessly(), with);
        leases.forEach(store::put);
        folder.close();
    }

    /** Many plain rows, and in unused parts of the file the keys of some that were released. */
    private List<Lease> plainStoreWithRemains() throws Exception {
        SecretCipher written = cipher(KEY);
        List<Lease> leases = insert(written);
        insert(
                written,
                IntStream.range(0, 30).mapToObj(i -> active("released-" + i)).toList());
        folder.toPlain(written);
        folder.execute("DELETE FROM lease WHERE account LIKE 'released%'");
        folder.close();
        return leases;
    }

    /** What happens to a lease in its life, with other keys at each turn. */
    private static void useAndLeave(BlockingStore store) {
        for (int i = 0; i < 20; i++) {
            Lease lease = pending("life-" + i);
            store.put(lease);
            store.put(withVersion(active("life-" + i), 2));
            if (i % 2 == 0) {
                store.delete(lease);
            }
        }
    }

    private static Lease withVersion(Lease lease, long version) {
        return new Lease(lease.registration(), lease.generation(), lease.key(), lease.state(), null, null, version);
    }

    private static void run(Reencryption reencryption) {
        for (int steps = 0; !reencryption.step(); steps++) {
            assertThat(steps).isLessThan(20);
        }
    }

    private int check(String keys) throws StoreFile.Unusable {
        return SecretInventory.check(folder.file(), cipher(keys));
    }

    private String row(String account) throws SQLException {
        return folder.query("SELECT hex(api_key) || hex(listen_key) FROM lease WHERE account = '" + account + "'");
    }

    private void assertNoSecret() throws Exception {
        assertThat(folder.files()).isNotEmpty();
        for (String mark : List.of("aPiKeY-of-", "lIsTeNkEy-of-", "aDoPtEd-of-", "AAAAAAAA", "LLLLLLLL", "DDDDDDDD")) {
            assertThat(folder.filesWith(mark)).as(mark).isEmpty();
        }
        for (String key : List.of(KEY, OTHER_KEY)) {
            assertThat(folder.filesWith(key)).isEmpty();
            assertThat(folder.filesWith(Base64.getDecoder().decode(key))).isEmpty();
        }
    }
}
