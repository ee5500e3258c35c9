package dev.listenkeyd.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.lease.Given;
import dev.listenkeyd.store.PostgresDatabase;
import dev.listenkeyd.store.PostgresStore;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The audits of several replicas in one database. */
@NullUnmarked
class PostgresAuditTest {
    private final List<AuditEvent> events = new ArrayList<>();
    private PostgresDatabase database;
    private AuditStore own;

    @BeforeEach
    void begin() {
        database = PostgresDatabase.migrated();
    }

    @AfterEach
    void end() {
        database.close();
    }

    @Test
    void eachReplicaHasAnAuditOfItsOwn() throws Exception {
        AuditStore a = database.open("a").audit();
        AuditStore b = database.open("b").audit();
        Retention.Bounds all = new Retention(Duration.ofDays(90), 1000).at(Given.T0);
        AuditRow first = AuditRow.after(ChainPosition.START, entry("a"));
        AuditRow second = AuditRow.after(first.link(), entry("a again"));
        AuditRow ofB = AuditRow.after(ChainPosition.START, entry("b"));

        a.append(List.of(first, second), all);
        b.append(List.of(ofB), all);

        assertThat(a.page(0, 10).rows()).containsExactly(first, second);
        assertThat(a.page(1, 10).rows()).containsExactly(second);
        assertThat(a.page(1, 10).before()).isEqualTo(first.link());
        assertThat(b.page(0, 10).rows()).containsExactly(ofB);
        assertThat(a.chain().end()).isEqualTo(second.link());
        assertThat(ChainCheck.all(a).brokenAt()).as("broken at").isEmpty();
        assertThat(ChainCheck.page(a.page(0, 10), true)).as("broken at").isEmpty();
        assertThatThrownBy(() -> a.append(List.of(first), all)).isInstanceOf(AuditStore.Unavailable.class);
        a.append(List.of(), new Retention(Duration.ofDays(90), 1).at(Given.T0));
        assertThat(a.page(0, 10).rows()).containsExactly(second);
        assertThat(b.page(0, 10).rows()).containsExactly(ofB);
    }

    @Test
    void aRowOfTheAuditIsNeitherChangedNorDeletedByASlip() throws Exception {
        AuditStore a = database.open("a").audit();
        a.append(
                List.of(AuditRow.after(ChainPosition.START, entry("a"))),
                new Retention(Duration.ofDays(90), 1000).at(Given.T0));

        assertThatThrownBy(() -> database.execute("UPDATE audit SET result = 'nothing'"))
                .hasMessageContaining("never changed");
        assertThatThrownBy(() -> database.execute("DELETE FROM audit")).hasMessageContaining("only pruned");
    }

    // --- all audits as one

    @Test
    void theRowsOfAllReplicasAreInOneOrderByTimeThenReplicaAndNumber() throws Exception {
        AuditChains chains = fill();

        assertThat(places(chains.page(0, null, 10))).containsExactly("1 b1", "2 a1", "3 b2", "4 a2");
        assertThat(chains.page(0, null, 10).last()).isEqualTo(4);
        assertThat(places(chains.page(1, null, 2))).containsExactly("2 a1", "3 b2");
        assertThat(places(chains.page(1, "replica-of-a", 10))).containsExactly("2 a1", "4 a2");
        assertThat(places(chains.page(4, null, 10))).isEmpty();
        assertThat(chains.page(0, null, 10).rows())
                .allMatch(row -> row.brokenAt().isEmpty());
    }

    /** The replica had lost the database, or its clock is late. */
    @Test
    void aRowThatComesLateComesAfterThoseThatWereRead() throws Exception {
        AuditChains chains = fill();
        chains.page(0, null, 1);
        AuditStore b = database.open("b").audit();

        append(b, "late", -60);

        assertThat(places(chains.page(3, null, 10))).containsExactly("4 a2", "5 b3");
        assertThat(places(chains.page(4, null, 10))).containsExactly("5 b3");
    }

    @Test
    void aReaderThatGoesOnMissesNothingWhileAllWrite() throws Exception {
        AuditStore a = database.open("a").audit();
        AuditStore b = database.open("b").audit();
        AuditChains chains = database.open("c").auditChains();
        AuditChains others = database.open("d").auditChains();
        List<CompletableFuture<Void>> writers = List.of(write(a, 40), write(b, 40), read(others, 40));
        List<String> read = new ArrayList<>();
        long after = 0;
        boolean last = false;
        while (true) {
            boolean done = writers.stream().allMatch(CompletableFuture::isDone);
            AuditChains.Page page = chains.page(after, null, 7);
            for (AuditChains.Placed placed : page.rows()) {
                assertThat(placed.place()).isEqualTo(++after);
                read.add(placed.replica() + placed.row().seq());
            }
            if (last && page.rows().isEmpty()) {
                break;
            }
            last = done;
        }

        assertThat(writers).noneMatch(CompletableFuture::isCompletedExceptionally);
        assertThat(read).hasSize(80).doesNotHaveDuplicates();
    }

    /** A full audit without places, as after an upgrade: each append prunes the rows that a reader would place first. */
    @Test
    void rowsThatAreBeingPrunedGetNoPlaceAndKeepNobodyWaiting() throws Exception {
        AuditChains chains = fill();
        try (Connection pruning = DriverManager.getConnection(database.url());
                Statement statement = pruning.createStatement()) {
            pruning.setAutoCommit(false);
            statement.execute("UPDATE audit_chain SET base_seq = 1 WHERE replica = 'replica-of-b';"
                    + " DELETE FROM audit WHERE replica = 'replica-of-b' AND seq = 1");

            assertThat(places(chains.page(0, null, 10))).containsExactly("1 a1", "2 b2", "3 a2");
            pruning.commit();
        }
        append(own, "three", 4);

        assertThat(places(chains.page(0, null, 10))).containsExactly("1 a1", "2 b2", "3 a2", "4 a3");
        assertThat(chains.page(0, null, 10).last()).isEqualTo(4);
    }

    @Test
    void aRowThatWasNotPrunedAfterAllIsPlacedTheNextTime() throws Exception {
        AuditChains chains = fill();
        try (Connection pruning = DriverManager.getConnection(database.url());
                Statement statement = pruning.createStatement()) {
            pruning.setAutoCommit(false);
            statement.execute("UPDATE audit_chain SET base_seq = 1 WHERE replica = 'replica-of-b';"
                    + " DELETE FROM audit WHERE replica = 'replica-of-b' AND seq = 1");
            chains.page(0, null, 10);
            pruning.rollback();
        }

        assertThat(places(chains.page(3, null, 10))).containsExactly("4 b1");
    }

    private static CompletableFuture<Void> write(AuditStore store, int rows) {
        return CompletableFuture.runAsync(() -> {
            for (int i = 0; i < rows; i++) {
                append(store, "bot", i);
            }
        });
    }

    private static CompletableFuture<Void> read(AuditChains chains, int times) {
        return CompletableFuture.runAsync(() -> {
            for (int i = 0; i < times; i++) {
                chains.page(0, null, 1);
            }
        });
    }

    @Test
    void aPlaceIsGivenOnce() throws Exception {
        fill().page(0, null, 1);

        assertThatThrownBy(() -> database.execute("UPDATE audit SET place = place + 100"))
                .hasMessageContaining("never changed");
        assertThatThrownBy(() -> database.execute("UPDATE audit SET place = NULL"))
                .hasMessageContaining("never changed");
    }

    /** A reader goes on from place to place, upwards. */
    @Test
    void noRowIsHiddenFromReadersByItsPlace() throws Exception {
        fill();

        assertThatThrownBy(() -> database.execute("UPDATE audit SET place = -1 WHERE place IS NULL"))
                .hasMessageContaining("audit_place_check");
    }

    @Test
    void theEndOfACheckedChainIsThatOfTheRowsThatWereRead() throws Exception {
        AuditStore a = database.open("a").audit();
        append(a, "one", 1);
        List<ChainPosition> read = new ArrayList<>();
        own = new AuditStore() {
            @Override
            public Chain chain() {
                PostgresAuditTest.append(a, "meanwhile", 2);
                return a.chain();
            }

            @Override
            public Page page(long after, int most) {
                Page page = a.page(after, most);
                read.add(page.chain().head());
                return page;
            }

            @Override
            public boolean append(List<AuditRow> added, Retention.Bounds bounds) {
                return a.append(added, bounds);
            }
        };

        AuditReader.Checked checked = reader(null).check().orElseThrow().get(0);

        assertThat(checked.chain().head()).isEqualTo(read.get(read.size() - 1));
    }

    @Test
    void everyChainIsCheckedAndNamed() throws Exception {
        AuditReader reader = reader(fill());
        List<AuditReader.Checked> checked = reader.check().orElseThrow();

        assertThat(checked)
                .extracting(
                        chain -> chain.replica() + " " + chain.chain().head().seq() + " " + chain.brokenAt())
                .containsExactly("replica-of-a 2 OptionalLong.empty", "replica-of-b 2 OptionalLong.empty");
        assertThat(reader.intact()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            UPDATE audit SET client = 'somebody' WHERE replica = 'replica-of-b' AND seq = 1          | 1
            DELETE FROM audit WHERE replica = 'replica-of-b' AND seq = 1                             | 1
            DELETE FROM audit WHERE replica = 'replica-of-b' AND seq = 2                             | 2
            DELETE FROM audit WHERE replica = 'replica-of-b'                                         | 1
            DELETE FROM audit_chain WHERE replica = 'replica-of-b'                                   | 1
            UPDATE audit SET place = 1000 WHERE replica = 'replica-of-b' AND seq = 2                 | 2
            """)
    void aChangeInTheChainOfAnotherReplicaIsFound(String sql, long first) throws Exception {
        AuditReader reader = reader(fill());
        tamper(sql);

        assertThat(reader.check().orElseThrow())
                .filteredOn(chain -> chain.brokenAt().isPresent())
                .singleElement()
                .satisfies(chain -> {
                    assertThat(chain.replica()).isEqualTo("replica-of-b");
                    assertThat(chain.brokenAt()).hasValue(first);
                });
        assertThat(reader.intact()).isFalse();
        assertThat(events).containsExactly(new AuditEvent.BrokenElsewhere("replica-of-b", first));
        reader.check();
        assertThat(events).as("said once").hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            UPDATE audit SET client = 'somebody' WHERE replica = 'replica-of-b' AND seq = 1          | 1
            DELETE FROM audit WHERE replica = 'replica-of-b' AND seq = 1                             | 1
            """)
    void aChangeInTheChainOfAnotherReplicaIsFoundWhenItIsRead(String sql, long first) throws Exception {
        AuditReader reader = reader(fill());
        tamper(sql);

        reader.read(0, null, 10);

        assertThat(events).contains(new AuditEvent.BrokenElsewhere("replica-of-b", first));
        assertThat(reader.intact()).isFalse();
    }

    @Test
    void rowsThatArePrunedDuringTheCheckAreNotMissed() throws Exception {
        AuditStore a = database.open("a").audit();
        List<AuditRow> rows = new ArrayList<>();
        ChainPosition end = ChainPosition.START;
        for (int i = 0; i < ChainCheck.ROWS_AT_ONCE + 500; i++) {
            rows.add(AuditRow.after(end, entry("bot")));
            end = rows.get(i).link();
        }
        a.append(rows, new Retention(Duration.ofDays(90), 10_000).at(Given.T0));
        AuditStore pruned = new AuditStore() {
            @Override
            public Chain chain() {
                return a.chain();
            }

            @Override
            public Page page(long after, int most) {
                if (after > 0) {
                    a.append(List.of(), new Retention(Duration.ofDays(90), 10).at(Given.T0));
                }
                return a.page(after, most);
            }

            @Override
            public boolean append(List<AuditRow> added, Retention.Bounds bounds) {
                throw new UnsupportedOperationException();
            }
        };

        assertThat(ChainCheck.all(pruned).brokenAt()).isEmpty();
        assertThat(a.chain().base().seq()).isEqualTo(ChainCheck.ROWS_AT_ONCE + 490);
    }

    // --- replicas that are gone

    @Test
    void theChainOfAReplicaThatIsGoneIsPrunedAsItsOwnWouldBeAndStillFits() throws Exception {
        AuditChains chains = fill();
        chains.page(0, null, 1);
        database.open("a").fleet().beat(0, 1);
        Retention.Bounds one = new Retention(Duration.ofDays(90), 1).at(Given.T0);

        chains.prune(one);

        assertThat(places(chains.page(0, null, 10))).as("b is gone").containsExactly("2 a1", "3 b2", "4 a2");
        assertThat(reader(chains).check().orElseThrow())
                .allMatch(chain -> chain.brokenAt().isEmpty());
        AuditStore b = database.open("b").audit();
        append(b, "back", 9);
        assertThat(ChainCheck.all(b).brokenAt()).isEmpty();
        assertThat(b.page(0, 10).rows()).extracting(AuditRow::seq).containsExactly(2L, 3L);
    }

    @Test
    void anEmptyChainOfAReplicaThatIsGoneIsForgottenAfterAYear() throws Exception {
        AuditChains chains = fill();
        chains.page(0, null, 1);
        Retention.Bounds none = new Retention.Bounds(Given.T0.plus(Duration.ofDays(1)), 1);
        database.open("a").fleet().beat(0, 1);

        chains.prune(none);

        assertThat(places(chains.page(0, null, 10)))
                .as("its own rows are left to itself")
                .containsExactly("2 a1", "4 a2");
        assertThat(chains.replicas()).containsExactly("replica-of-a");
        append(database.open("b").audit(), "back", 9);
        assertThat(database.open("b").audit().page(0, 10).rows())
                .as("no number is used twice")
                .extracting(AuditRow::seq)
                .containsExactly(3L);
        chains.prune(none);
        database.execute(
                "UPDATE audit_chain SET emptied_at = now() - interval '366 days' WHERE replica = 'replica-of-b'");
        chains.prune(none);
        assertThat(database.query("SELECT string_agg(replica, ',') FROM audit_chain"))
                .isEqualTo("replica-of-a");
    }

    /** The rows a1, a2 and b1, b2 in the order b1, a1, b2, a2; as a sees them. */
    private AuditChains fill() throws Exception {
        PostgresStore storeOfA = database.open("a");
        AuditStore a = storeOfA.audit();
        AuditStore b = database.open("b").audit();
        append(a, "one", 1);
        append(a, "two", 3);
        append(b, "one", 0);
        append(b, "two", 1);
        own = a;
        return storeOfA.auditChains();
    }

    private static void append(AuditStore store, String client, int second) {
        AuditEntry entry = new AuditEntry(Given.T0.plusSeconds(second), client, Action.GAP, null, "done");
        store.append(
                List.of(AuditRow.after(store.chain().end(), entry)),
                new Retention(Duration.ofDays(90), 1000).at(Given.T0));
    }

    private AuditReader reader(AuditChains chains) {
        AuditLog log = new AuditLog(
                own, new Retention(Duration.ofDays(90), 1000), () -> Given.T0, () -> 0, Runnable::run, event -> {});
        log.open();
        return new AuditReader(log, own, chains, events::add);
    }

    private void tamper(String sql) {
        database.execute(
                "DROP TRIGGER audit_is_not_changed ON audit; DROP TRIGGER audit_is_only_pruned ON audit; " + sql);
    }

    private static List<String> places(AuditChains.Page page) {
        return page.rows().stream()
                .map(placed -> placed.place() + " " + placed.replica().replace("replica-of-", "")
                        + placed.row().seq())
                .toList();
    }

    private static AuditEntry entry(String client) {
        return new AuditEntry(Given.T0, client, Action.GAP, null, "done");
    }
}
