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
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteDataSource;

/** Rows under an old key come under the first one, and no file keeps what they were. */
class ReencryptionTest {
    private static final int MANY = 2 * Reencryption.ROWS_AT_ONCE + 50;
    private static final SecretCipher OLD = cipher(KEY);
    private static final SecretCipher ROTATED = cipher(OTHER_KEY + "," + KEY);

    @TempDir
    private Path root;

    private StoreFolder folder = new StoreFolder(Path.of(""));

    @BeforeEach
    void setUp() throws Exception {
        folder = new StoreFolder(Files.createDirectory(root.resolve("data"))).migrate();
    }

    @AfterEach
    void tearDown() {
        folder.close();
    }

    @Test
    void noFileHoldsASecretOrAKeyWhileTheStoreRunsNorAfter() throws Exception {
        BlockingStore store = new BlockingStore(folder.connect(), OLD);

        useAndLeave(store);

        assertThat(folder.files()).anyMatch(file -> file.toString().endsWith("-wal"));
        assertNoSecret();
        folder.close();
        assertNoSecret();
    }

    @Test
    void someRowsAtATimeUntilAllAreUnderTheFirstKey() throws Exception {
        insert();
        AgroalDataSource dataSource = folder.connect();
        BlockingStore written = new BlockingStore(dataSource, OLD);
        useAndLeave(written);
        assertThat(folder.filesWith(OLD.currentHead())).contains("leases.db", "leases.db-wal");
        List<Lease> leases = written.live();
        Reencryption reencryption = reencryption(dataSource);

        List<Integer> left = new ArrayList<>();
        do {
            left.add(outdated());
        } while (!reencryption.step());

        assertThat(left).startsWith(MANY + 10, MANY + 10 - 100, MANY + 10 - 200);
        assertThat(outdated()).isZero();
        assertThat(reencryption.count()).isEqualTo(MANY + 10);
        assertThat(reencryption.step()).isTrue();
        assertNothingUnderTheOldKey();
        folder.close();
        assertNothingUnderTheOldKey();
        assertThat(new BlockingStore(folder.connect(), cipher(OTHER_KEY)).live())
                .containsExactlyElementsOf(leases);
    }

    @Test
    void aProcessThatDiesOnTheWayLeavesTheRestToTheNext() throws Exception {
        List<Lease> leases = insert();
        Reencryption dying = reencryption(folder.connect());
        for (int died = 0; !dying.step(); died++) {
            StoreFolder before = folder;
            folder = folder.killed(Files.createDirectory(root.resolve("killed-" + died)));
            AgroalDataSource dataSource = folder.connect();
            run(reencryption(dataSource));

            assertNothingUnderTheOldKey();
            assertThat(new BlockingStore(dataSource, cipher(OTHER_KEY)).live()).containsExactlyElementsOf(leases);
            folder.close();
            folder = before;
        }
    }

    @Test
    void rowsThatAreCurrentAreLeftAlone() throws Exception {
        insert();
        AgroalDataSource dataSource = folder.connect();
        new BlockingStore(dataSource, ROTATED).put(withVersion(active("a-100"), 2));
        String before = row("a-100");

        Reencryption reencryption = run(reencryption(dataSource));

        assertThat(row("a-100")).isEqualTo(before);
        assertThat(row("a-101")).isNotEqualTo(before);
        assertThat(reencryption.count()).isEqualTo(MANY - 1);
    }

    @Test
    void aRenewalInBetweenStays() throws Exception {
        insert();
        AgroalDataSource dataSource = folder.connect();
        BlockingStore store = new BlockingStore(dataSource, ROTATED);
        Reencryption reencryption = reencryption(dataSource);
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

    @Test
    void aLogThatAnotherProcessReadsIsEmptiedLater() throws Exception {
        insert();
        Reencryption reencryption = reencryption(folder.connectInHaste());
        SQLiteDataSource elsewhere = new SQLiteDataSource();
        elsewhere.setUrl("jdbc:sqlite:" + folder.file());
        try (Connection reader = elsewhere.getConnection();
                Statement statement = reader.createStatement()) {
            reader.setAutoCommit(false);
            try (ResultSet row = statement.executeQuery("SELECT count(*) FROM lease")) {
                assertThat(row.next()).isTrue();
            }
            for (int i = 0; i < 5; i++) {
                assertThat(reencryption.step()).isFalse();
            }
        }

        assertThat(reencryption.step()).isTrue();

        assertThat(Path.of(folder.file() + "-wal")).isEmptyFile();
    }

    @Test
    void rowsThatDoNotDecryptAreNamedAndTheOthersAreEncrypted() throws Exception {
        insert();
        AgroalDataSource dataSource = folder.connect();
        Reencryption reencryption = reencryption(dataSource);
        folder.execute("UPDATE lease SET listen_key = api_key WHERE account IN ('a-101', 'a-349')");
        String before = row("a-101");

        for (int pass = 0; pass < 2; pass++) {
            assertThatThrownBy(() -> run(reencryption))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("a-101: its listen_key does not decrypt")
                    .hasMessageContaining(" and 1 more account(s)");
            assertThat(reencryption.count()).isEqualTo(MANY - 2);
            assertThat(outdated()).isEqualTo(2);
            assertThat(row("a-101")).isEqualTo(before);
        }

        BlockingStore store = new BlockingStore(dataSource, ROTATED);
        store.put(withVersion(active("a-101"), 2));
        store.put(withVersion(active("a-349"), 2));
        run(reencryption);
        assertNothingUnderTheOldKey();
    }

    private static Reencryption reencryption(DataSource dataSource) {
        return new Reencryption(new Database(Database.Engine.SQLITE, dataSource), ROTATED);
    }

    private static Reencryption run(Reencryption reencryption) {
        for (int steps = 0; !reencryption.step(); steps++) {
            assertThat(steps).isLessThan(20);
        }
        return reencryption;
    }

    /** Many rows under the old key. */
    private List<Lease> insert() throws SQLException {
        List<Lease> leases = IntStream.range(100, 100 + MANY)
                .mapToObj(i -> i % 3 == 0 ? pending("a-" + i) : active("a-" + i))
                .toList();
        new BlockingStore(folder.connect(), OLD).putAll(leases);
        folder.close();
        return leases;
    }

    /** The life of some leases, with other keys at each turn; half of them stay. */
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

    private int outdated() throws SQLException {
        String head = HexFormat.of().formatHex(ROTATED.currentHead());
        return Integer.parseInt(
                folder.query("SELECT count(*) FROM lease WHERE substr(api_key, 1, 5) <> x'" + head + "'"));
    }

    private String row(String account) throws SQLException {
        return folder.query("SELECT hex(api_key) || hex(listen_key) FROM lease WHERE account = '" + account + "'");
    }

    private void assertNothingUnderTheOldKey() throws Exception {
        assertThat(folder.filesWith(ROTATED.currentHead())).isNotEmpty();
        assertThat(folder.filesWith(OLD.currentHead())).isEmpty();
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
