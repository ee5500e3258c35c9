package dev.listenkeyd.audit;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.audit.AuditEvent.Intact;
import dev.listenkeyd.audit.AuditEvent.Unwritten;
import dev.listenkeyd.audit.AuditEvent.WrittenAgain;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Entries become rows, also after a store that failed. */
class AuditLogTest {
    @TempDir
    private Path folder;

    private AuditBench bench;

    @BeforeEach
    void setUp() throws Exception {
        bench = new AuditBench(folder);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    // --- writing

    @Test
    void anEntryIsOnDiskBeforeItsCallIsAnswered() throws Exception {
        CompletionStage<Void> written = bench.log.record("bot", Action.CREDENTIALS_REPLACED, "desk-1", "replaced");
        assertThat(isDone(written)).isFalse();
        assertThat(bench.log.waiting()).isOne();

        bench.write();

        assertThat(isDone(written)).isTrue();
        assertThat(bench.log.waiting()).isZero();
        bench.restart();
        assertThat(bench.rows()).singleElement().satisfies(row -> {
            assertThat(row.seq()).isOne();
            assertThat(row.at()).isEqualTo(AuditBench.START);
            assertThat(row.client()).isEqualTo("bot");
            assertThat(row.action()).isEqualTo("credentials-replaced");
            assertThat(row.account()).isEqualTo("desk-1");
            assertThat(row.result()).isEqualTo("replaced");
        });
        assertThat(bench.log.intact()).isTrue();
    }

    @Test
    void anAccountMayBeMissing() {
        bench.log.record(AuditEntry.DAEMON, Action.START, null, "done");
        bench.write();

        assertThat(bench.rows())
                .singleElement()
                .satisfies(row -> assertThat(row.account()).isNull());
    }

    @Test
    void allThatWaitShareATransaction() {
        List<CompletionStage<Void>> written =
                IntStream.range(0, 50).mapToObj(bench::record).toList();
        assertThat(bench.tasks).hasSize(1);

        bench.write();

        assertThat(bench.store.appends).isOne();
        assertThat(written).allMatch(AuditLogTest::isDone);
        assertThat(bench.rows())
                .extracting(AuditRow::account)
                .containsExactlyElementsOf(
                        IntStream.range(0, 50).mapToObj(i -> "desk-" + i).toList());
    }

    @Test
    void aTransactionIsBoundedAndTheStoreIsFreeBetweenTwo() throws Exception {
        IntStream.range(0, 2 * AuditLog.MOST_AT_ONCE + 1).forEach(bench::record);

        bench.tasks.remove().run();

        assertThat(bench.rows()).hasSize(AuditLog.MOST_AT_ONCE);
        assertThat(bench.tasks).as("the next one comes when the writer says").hasSize(1);
        bench.write();
        assertThat(bench.store.appends).isEqualTo(3);
        assertThat(bench.rows()).hasSize(2 * AuditLog.MOST_AT_ONCE + 1);
        assertThat(bench.restart().intact()).isTrue();
    }

    @Test
    void aRestartGoesOnWhereTheChainEnds() throws Exception {
        bench.fill(2);
        bench.restart();
        bench.fill(2);

        assertThat(bench.restart().intact()).isTrue();
        assertThat(bench.seqs()).containsExactly(1L, 2L, 3L, 4L);
    }

    // --- a store that fails

    @Test
    void noCallWaitsForAStoreThatFailsAndNoEntryIsForgotten() throws Exception {
        bench.fill(1);
        bench.events.clear();
        bench.store.down = true;
        CompletionStage<Void> first = bench.record(2);
        bench.write();

        assertThat(isDone(first)).as("the one that found out").isTrue();
        assertThat(isDone(bench.record(3))).as("a later one").isTrue();
        assertThat(bench.tasks).as("calls do not try in haste").isEmpty();
        bench.log.tick();
        bench.write();
        assertThat(bench.log.waiting()).isEqualTo(2);
        assertThat(bench.events).containsExactly(new Unwritten("told to fail"));

        bench.store.down = false;
        bench.log.tick();
        bench.write();

        assertThat(bench.log.waiting()).isZero();
        assertThat(bench.events).last().isEqualTo(new WrittenAgain());
        assertThat(isDone(bench.record(4))).as("durable again").isFalse();
        bench.write();
        assertThat(bench.rows()).extracting(AuditRow::account).containsExactly("desk-1", "desk-2", "desk-3", "desk-4");
        assertThat(bench.restart().intact()).isTrue();
        assertThat(bench.log.lost()).isZero();
    }

    @Test
    void aWriteThatFailedByItsWordButWasMadeIsNotMadeTwice() throws Exception {
        bench.fill(1);
        bench.store.failsAfterwards = true;
        bench.record(2);
        bench.record(3);
        bench.write();
        bench.record(4);

        bench.log.tick();
        bench.write();

        assertThat(bench.rows()).extracting(AuditRow::account).containsExactly("desk-1", "desk-2", "desk-3", "desk-4");
        assertThat(bench.restart().intact()).isTrue();
    }

    @Test
    void aWriteThatHangsIsWaitedForNoLongerThanPatience() {
        CompletionStage<Void> written = bench.record(1);
        bench.advance(AuditLog.PATIENCE.minus(ofMillis(1)));
        bench.log.tick();
        assertThat(isDone(written)).isFalse();

        bench.advance(ofMillis(1));
        bench.log.tick();

        assertThat(isDone(written)).isTrue();
        assertThat(bench.tasks).as("it still hangs").hasSize(1);
        assertThat(isDone(bench.record(2))).isTrue();
        bench.write();
        assertThat(bench.rows()).hasSize(2);
        assertThat(bench.log.waiting()).isZero();
        assertThat(bench.events).last().isEqualTo(new WrittenAgain());
    }

    @Test
    void entriesBeyondTheBoundAreCountedAndRecordedAsAGapInTheirPlace() throws Exception {
        bench.store.down = true;
        IntStream.range(0, AuditLog.MOST_WAITING + 3).forEach(bench::record);
        bench.write();
        bench.record(-1);
        assertThat(bench.log.waiting()).isEqualTo(AuditLog.MOST_WAITING);
        assertThat(bench.log.lost()).isEqualTo(4);

        bench.store.down = false;
        bench.log.tick();
        bench.tasks.remove().run();
        bench.record(77);
        bench.write();

        List<AuditRow> rows = bench.rows();
        assertThat(rows).hasSize(AuditLog.MOST_WAITING + 2);
        assertThat(rows.get(AuditLog.MOST_WAITING - 1).account()).isEqualTo("desk-" + (AuditLog.MOST_WAITING - 1));
        assertThat(rows.get(AuditLog.MOST_WAITING)).satisfies(gap -> {
            assertThat(gap.client()).isEqualTo("listenkeyd");
            assertThat(gap.action()).isEqualTo("gap");
            assertThat(gap.result()).isEqualTo("4 entries could not be kept");
        });
        assertThat(rows.get(AuditLog.MOST_WAITING + 1).account()).isEqualTo("desk-77");
        assertThat(bench.restart().intact()).isTrue();
    }

    @Test
    void aGapIsRecordedOnce() {
        bench.store.down = true;
        IntStream.range(0, AuditLog.MOST_WAITING + 1).forEach(bench::record);
        bench.write();
        bench.store.down = false;
        bench.log.tick();
        bench.write();
        bench.fill(3);

        assertThat(bench.rows())
                .filteredOn(row -> row.action().equals("gap"))
                .extracting(AuditRow::result)
                .containsExactly("1 entries could not be kept");
    }

    @Test
    void aProcessThatGoesDownLetsEverybodyGo() {
        bench.rejecting = true;

        assertThat(isDone(bench.record(1))).isTrue();
        assertThat(bench.log.waiting()).isOne();
    }

    @Test
    void anAuditThatCannotBeReadAtTheStartIsCheckedLater() throws Exception {
        bench.fill(3);
        bench.restart();
        bench.tamper("ALTER TABLE audit RENAME TO elsewhere");
        bench.restart();

        assertThat(bench.log.intact()).as("not known").isFalse();
        assertThat(bench.events).singleElement().isInstanceOf(Unwritten.class);
        assertThat(isDone(bench.record(4))).isTrue();
        assertThatThrownBy(() -> bench.log.read(0, 10)).isInstanceOf(AuditStore.Unavailable.class);

        bench.folder.execute("ALTER TABLE elsewhere RENAME TO audit");
        bench.log.tick();
        bench.write();

        assertThat(bench.log.intact()).isTrue();
        assertThat(bench.events).hasAtLeastOneElementOfType(Intact.class).last().isEqualTo(new WrittenAgain());
        assertThat(bench.seqs()).containsExactly(1L, 2L, 3L, 4L);
    }

    @Test
    void aFullDiskIsAStoreThatFailsAndLeavesItToOthers() throws Exception {
        bench.fill(1);
        bench.folder.query("PRAGMA max_page_count = 1"); // The least that SQLite takes: the pages that are there.
        IntStream.rangeClosed(2, 3000).forEach(bench::record);
        bench.write();

        assertThat(bench.events)
                .last()
                .isInstanceOfSatisfying(
                        Unwritten.class,
                        unwritten -> assertThat(unwritten.why()).contains("SQLITE_FULL"));
        assertThat(bench.folder.query("SELECT count(*) FROM lease")).isEqualTo("0");
        bench.folder.execute("UPDATE pause SET reason = reason");
        assertThat(bench.log.waiting()).isPositive();

        bench.folder.query("PRAGMA max_page_count = 1000000");
        bench.log.tick();
        bench.write();

        assertThat(bench.rows()).hasSize(3000);
        assertThat(bench.restart().intact()).isTrue();
    }

    // --- bounds

    @Test
    void theOldestRowsGoWhenThereAreTooMany() throws Exception {
        try (AuditBench small = bounded(ofHours(1), 5)) {
            small.fill(5);
            assertThat(small.seqs()).containsExactly(1L, 2L, 3L, 4L, 5L);

            small.fill(1);

            assertThat(small.seqs()).containsExactly(2L, 3L, 4L, 5L, 6L);
            assertThat(small.restart().intact()).isTrue();
            small.fill(20);
            assertThat(small.seqs()).containsExactly(22L, 23L, 24L, 25L, 26L);
            assertThat(small.restart().intact()).isTrue();
        }
    }

    @Test
    void rowsGoWhenTheyAreOlderThanAllowedAndNotAMillisecondBefore() throws Exception {
        try (AuditBench small = bounded(ofHours(1), 100)) {
            small.fill(3);
            small.advance(ofHours(1).minusSeconds(3));
            small.log.tick();
            small.write();
            assertThat(small.seqs())
                    .as("the first is exactly as old as it may be")
                    .containsExactly(1L, 2L, 3L);

            small.advance(AuditLog.PRUNE_EVERY);
            small.now = AuditBench.START.plus(ofHours(1)).plusMillis(1);
            small.log.tick();
            small.write();

            assertThat(small.seqs()).containsExactly(2L, 3L);
            assertThat(small.restart().intact()).isTrue();
        }
    }

    @Test
    void nothingIsLeftOfAnAuditThatIsOldButItsHead() throws Exception {
        try (AuditBench small = bounded(ofHours(1), 100)) {
            small.fill(3);
            ChainPosition head = small.rows().get(2).link();
            small.advance(ofHours(2));
            small.log.tick();
            small.write();

            assertThat(small.rows()).isEmpty();
            assertThat(small.log.read(0, 10).chain().head()).isEqualTo(head);
            assertThat(small.restart().intact()).isTrue();
            small.fill(1);
            assertThat(small.seqs()).containsExactly(4L);
            assertThat(small.restart().intact()).isTrue();
        }
    }

    @Test
    void aClockThatWasSetBackKeepsWhatIsYoung() throws Exception {
        try (AuditBench small = bounded(ofHours(1), 100)) {
            small.fill(2);
            small.now = small.now.minus(ofHours(5));
            small.fill(1);
            small.now = small.now.plus(ofHours(5));
            small.fill(1);

            assertThat(small.seqs())
                    .as("a row from the past stands behind a young one")
                    .hasSize(4);
            assertThat(small.restart().intact()).isTrue();
        }
    }

    @Test
    void muchIsPrunedLittleByLittle() throws Exception {
        bench.fill(1);
        IntStream.range(0, 4999).forEach(bench::record);
        bench.write();
        bench.now = bench.now.plus(Duration.ofDays(365));
        bench.store.appends = 0;

        bench.record(1);
        bench.write();

        assertThat(bench.seqs()).containsExactly(5001L);
        assertThat(bench.store.appends).as("of 2000 rows each").isEqualTo(3);
        assertThat(bench.restart().intact()).isTrue();
    }

    @Test
    void aBrokenRowThatIsPrunedIsNoObstacle() throws Exception {
        try (AuditBench small = bounded(ofHours(1), 5)) {
            small.fill(5);
            small.tamper("DELETE FROM audit WHERE seq IN (2, 3)");
            small.restart();

            small.fill(10);

            assertThat(small.seqs()).containsExactly(11L, 12L, 13L, 14L, 15L);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 9, 10})
    void aPageOfAPrunedAuditBeginsWithItsOldestRow(long after) throws Exception {
        try (AuditBench small = bounded(ofHours(1), 5)) {
            small.fill(15);

            assertThat(small.log.read(after, 2).rows())
                    .extracting(AuditRow::seq)
                    .containsExactly(11L, 12L);
            assertThat(small.log.intact()).isTrue();
        }
    }

    @Test
    void nothingIsWrittenWhenThereIsNothingToWrite() {
        bench.log.tick();
        assertThat(bench.tasks).isEmpty();

        bench.advance(AuditLog.PRUNE_EVERY.minus(ofMillis(1)));
        bench.log.tick();
        assertThat(bench.tasks).isEmpty();

        bench.advance(ofMillis(1));
        bench.log.tick();
        bench.write();

        assertThat(bench.store.appends).isOne();
        bench.advance(ofMinutes(1));
        bench.log.tick();
        assertThat(bench.tasks).isEmpty();
    }

    private AuditBench bounded(Duration maxAge, int maxRows) throws Exception {
        bench.close();
        bench.advance(ofSeconds(1));
        return new AuditBench(folder, new Retention(maxAge, maxRows));
    }

    private static boolean isDone(CompletionStage<Void> stage) {
        return stage.toCompletableFuture().isDone();
    }
}
