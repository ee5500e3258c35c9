package dev.listenkeyd.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.audit.AuditEvent.Broken;
import dev.listenkeyd.audit.AuditEvent.Intact;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tampering with stored rows is found at the next start, and when the rows are read. */
class ChainTest {
    private static final int ROWS = 6;

    @TempDir
    private Path folder;

    private AuditBench bench;

    @BeforeEach
    void setUp() throws Exception {
        bench = new AuditBench(folder).fill(ROWS);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    @Test
    void anUntouchedAuditIsIntact() throws SQLException {
        AuditLog next = bench.restart();

        assertThat(next.intact()).isTrue();
        assertThat(next.brokenAt()).isEmpty();
        assertThat(bench.events)
                .containsExactly(new Intact(bench.rows().get(ROWS - 1).link()));
        assertThat(bench.seqs()).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
    }

    @Test
    void anEmptyAuditIsIntact() throws Exception {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        try (AuditBench fresh = new AuditBench(empty)) {
            assertThat(fresh.log.intact()).isTrue();
            assertThat(fresh.restart().intact()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            changed client        | UPDATE audit SET client = 'somebody' WHERE seq = 3                               | 3
            changed account       | UPDATE audit SET account = 'desk-9' WHERE seq = 3                                | 3
            account taken away    | UPDATE audit SET account = NULL WHERE seq = 3                                    | 3
            changed action        | UPDATE audit SET action = 'renew' WHERE seq = 1                                  | 1
            changed result        | UPDATE audit SET result = 'lost' WHERE seq = 6                                   | 6
            changed time          | UPDATE audit SET at = at + 1 WHERE seq = 3                                       | 3
            changed hash          | UPDATE audit SET hash = lower(hex(randomblob(32))) WHERE seq = 3                 | 3
            first removed         | DELETE FROM audit WHERE seq = 1                                                  | 1
            one removed           | DELETE FROM audit WHERE seq = 4                                                  | 4
            removed, closed up    | DELETE FROM audit WHERE seq = 4; UPDATE audit SET seq = seq - 1 WHERE seq > 4    | 4
            last removed          | DELETE FROM audit WHERE seq = 6                                                  | 6
            tail cut              | DELETE FROM audit WHERE seq > 3                                                  | 4
            all removed           | DELETE FROM audit                                                                | 1
            two swapped           | UPDATE audit SET seq = CASE seq WHEN 3 THEN -4 WHEN 4 THEN -3 END WHERE seq IN (3, 4); UPDATE audit SET seq = -seq WHERE seq < 0 | 3
            one added at the end  | INSERT INTO audit SELECT 7, at, client, action, account, result, hash FROM audit WHERE seq = 6 | 7
            base moved            | UPDATE audit_chain SET base_seq = 2, base_hash = 'ab'                            | 3
            ends removed          | DELETE FROM audit_chain                                                          | 1
            all gone              | DELETE FROM audit; DELETE FROM audit_chain                                       | 1
            """)
    void tamperingIsFoundAtTheNextStart(String what, String sql, long first) throws SQLException {
        for (String statement : sql.split(";", -1)) {
            bench.tamper(statement.strip());
        }

        AuditLog next = bench.restart();

        assertThat(next.intact()).as(what).isFalse();
        assertThat(next.brokenAt()).as(what).isEqualTo(OptionalLong.of(first));
        assertThat(bench.events).containsExactly(new Broken(first));
        // It goes on all the same, with a number that was never used, and does not heal what was broken.
        bench.fill(2);
        assertThat(bench.restart().brokenAt()).as(what).isEqualTo(OptionalLong.of(first));
        assertThat(bench.seqs()).doesNotHaveDuplicates();
    }

    /** With all rows as they were, the next write puts the head right again. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            set back         | UPDATE audit_chain SET head_seq = 5, head_hash = (SELECT hash FROM audit WHERE seq = 5)
            of another chain | UPDATE audit_chain SET head_hash = 'ab'
            """)
    void aHeadThatWasChangedIsFoundAtTheNextStart(String what, String sql) throws SQLException {
        bench.tamper(sql);

        assertThat(bench.restart().brokenAt()).as(what).isEqualTo(OptionalLong.of(6));

        bench.fill(1);
        assertThat(bench.log.intact()).as("for this process").isFalse();
        assertThat(bench.restart().intact()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 3})
    void tamperingIsFoundWhenTheRowIsRead(long after) throws SQLException {
        bench.tamper("UPDATE audit SET client = 'somebody' WHERE seq = 4");

        bench.log.read(after, 4);

        assertThat(bench.log.brokenAt()).isEqualTo(OptionalLong.of(4));
        assertThat(bench.events).last().isEqualTo(new Broken(4));
    }

    @Test
    void aReadOfOtherRowsFindsNothing() throws SQLException {
        bench.tamper("UPDATE audit SET client = 'somebody' WHERE seq = 4");

        bench.log.read(0, 3);
        bench.log.read(4, 10);

        assertThat(bench.log.intact()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"DELETE FROM audit WHERE seq = 6, 6", "DELETE FROM audit WHERE seq > 3, 4"})
    void aCutTailIsFoundWhenTheEndIsRead(String sql, long first) throws SQLException {
        bench.tamper(sql);

        bench.log.read(0, 100);

        assertThat(bench.log.brokenAt()).isEqualTo(OptionalLong.of(first));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 3, 5, 6, 7, Long.MAX_VALUE})
    void readingAnIntactAuditFindsNothing(long after) {
        AuditStore.Page page = bench.log.read(after, 2);

        assertThat(page.rows()).allMatch(row -> row.seq() > after).hasSizeLessThanOrEqualTo(2);
        assertThat(bench.log.intact()).isTrue();
        assertThat(page.chain().head()).isEqualTo(bench.rows().get(ROWS - 1).link());
    }

    @Test
    void aBreakIsToldOnceAndNamesItsFirstRow() throws SQLException {
        bench.tamper("UPDATE audit SET client = 'somebody' WHERE seq IN (2, 5)");
        bench.events.clear();

        bench.log.read(3, 100);
        bench.log.read(0, 100);
        bench.log.read(0, 100);

        assertThat(bench.events).containsExactly(new Broken(5), new Broken(2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"UPDATE audit SET client = 'x' WHERE seq = 2", "DELETE FROM audit WHERE seq = 2"})
    void theFileItselfRefusesSlips(String sql) throws SQLException {
        assertThatThrownBy(() -> bench.folder.execute(sql)).hasMessageContaining("a row of the audit is");

        assertThat(bench.restart().intact()).isTrue();
    }

    /** Nothing that differs is hashed as the same bytes. */
    @Test
    void everyDifferenceMakesAnotherHash() {
        Instant at = AuditBench.START;
        List<AuditEntry> entries = List.of(
                new AuditEntry(at, "a", Action.RENEW, "b", "c"),
                new AuditEntry(at, "ab", Action.RENEW, "", "c"),
                new AuditEntry(at, "ab", Action.RENEW, null, "c"),
                new AuditEntry(at, "", Action.RENEW, "ab", "c"),
                new AuditEntry(at, "a", Action.RENEW, "bc", ""),
                new AuditEntry(at, "a", Action.REVEAL, "b", "c"),
                new AuditEntry(at.plusMillis(1), "a", Action.RENEW, "b", "c"));
        List<String> hashes = new ArrayList<>();
        for (AuditEntry entry : entries) {
            for (ChainPosition before :
                    List.of(ChainPosition.START, new ChainPosition(0, "x"), new ChainPosition(1, ""))) {
                hashes.add(AuditRow.after(before, entry).hash());
            }
        }

        assertThat(hashes).hasSize(21).doesNotHaveDuplicates();
    }

    /** Rows kept elsewhere must stay comparable: the form of the hash does not change. */
    @Test
    void theHashIsThatOfItsDescription() {
        AuditRow row = AuditRow.after(
                new ChainPosition(41, "00ff"),
                new AuditEntry(AuditBench.START, "bot", Action.REVEAL, null, "revealed"));

        assertThat(row.hash()).isEqualTo("b926b331fe77aac6aeb38f585c22ce3a30dadfd532287c7ef5359a869c9215e7");
    }
}
