package dev.listenkeyd.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Equal entries of a program that acts in a loop. */
@NullUnmarked
class RepeatedEntriesTest {
    @TempDir
    Path folder;

    private AuditBench bench;
    private RepeatedEntries repeated;

    @BeforeEach
    void setUp() throws Exception {
        bench = new AuditBench(folder);
        repeated = new RepeatedEntries(bench.log, bench);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    @Test
    void aPollLeavesTwoRowsAMinute() {
        for (int second = 0; second < 480; second++) {
            if (second % 2 == 0) {
                reveal("bot", "main");
            }
            repeated.tick();
            bench.advance(Duration.ofSeconds(1));
        }
        repeated.tick();

        assertThat(results()).hasSize(16);
        assertThat(results().subList(0, 3))
                .containsExactly("revealed", "revealed, 29 more within a minute", "revealed");
    }

    @Test
    void theFirstIsRecordedAtOnceAndTheOthersWaitForIt() {
        CompletionStage<Void> first = reveal("bot", "main");
        CompletionStage<Void> second = reveal("bot", "main");
        assertThat(second.toCompletableFuture().isDone()).isFalse();

        bench.write();

        assertThat(first.toCompletableFuture()).isDone();
        assertThat(second.toCompletableFuture()).isDone();
        assertThat(results()).containsExactly("revealed");
    }

    @Test
    void theNumberIsRecordedWhenTheMinuteIsOver() {
        reveal("bot", "main");
        reveal("bot", "main");
        bench.advance(RepeatedEntries.PERIOD.minusNanos(1));
        reveal("bot", "main");
        repeated.tick();
        assertThat(results()).containsExactly("revealed");
        bench.advance(Duration.ofNanos(1));

        repeated.tick();
        repeated.tick();

        assertThat(results()).containsExactly("revealed", "revealed, 2 more within a minute");
        assertThat(bench.rows()).extracting(AuditRow::account).containsOnly("main");
    }

    @Test
    void withoutATickTheNextOneRecordsIt() {
        reveal("bot", "main");
        reveal("bot", "main");
        bench.advance(RepeatedEntries.PERIOD);

        reveal("bot", "main");

        assertThat(results()).containsExactly("revealed", "revealed, 1 more within a minute", "revealed");
    }

    @Test
    void onlyTheSameIsCountedTogether() {
        reveal("bot", "main");
        reveal("bot", "second");
        reveal("desk", "main");
        repeated.record("bot", Action.REVEAL, "main", "lost");
        repeated.record("bot", Action.REVEAL, null, "not-found");
        repeated.record("bot", Action.RENEW, "main", "revealed");
        bench.advance(RepeatedEntries.PERIOD);
        repeated.tick();

        assertThat(results()).hasSize(6);
    }

    @Test
    void aStopRecordsAllNumbers() {
        reveal("bot", "main");
        reveal("bot", "main");

        repeated.close();

        assertThat(results()).containsExactly("revealed", "revealed, 1 more within a minute");
    }

    @Test
    void beyondTheBoundEachIsRecorded() {
        for (int i = 0; i < RepeatedEntries.MOST_KINDS; i++) {
            reveal("bot", "desk-" + i);
        }
        reveal("bot", "main");
        reveal("bot", "main");
        reveal("bot", "desk-1");
        bench.write();

        // The last one was counted with its first; the log keeps no more than this many waiting.
        assertThat(bench.log.lost()).isEqualTo(2);
    }

    private CompletionStage<Void> reveal(String client, String account) {
        return repeated.record(client, Action.REVEAL, account, "revealed");
    }

    private List<String> results() {
        bench.write();
        return bench.rows().stream().map(AuditRow::result).toList();
    }
}
