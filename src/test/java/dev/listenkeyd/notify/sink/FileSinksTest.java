package dev.listenkeyd.notify.sink;

import static dev.listenkeyd.lease.Given.OTHER;
import static dev.listenkeyd.lease.Given.OURS;
import static dev.listenkeyd.lease.Given.POLICY;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseState.Recovering;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.lease.VirtualClock;
import dev.listenkeyd.notify.sink.FaultyFiles.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** When a file is written, and what becomes of it when its disk fails or hangs. */
@NullUnmarked
class FileSinksTest {
    private static final Duration TTL = POLICY.ttl();

    @TempDir
    private Path folder;

    private final VirtualClock clock = new VirtualClock();
    private final FaultyFiles files = new FaultyFiles();
    private final Map<String, Lease> leases = new HashMap<>();
    private final List<String> told = new ArrayList<>();
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private boolean refusing;
    private boolean defective;
    private FileSinks sinks;

    @BeforeEach
    void setUp() {
        sinks = sinksOf("main");
    }

    private FileSinks sinksOf(String... accounts) {
        SinkObserver observer = new SinkObserver() {
            @Override
            public void onFailing(FileSink sink, String why) {
                told.add(sink.account() + " failing: " + why);
            }

            @Override
            public void onRecovered(FileSink sink, Duration after) {
                told.add(sink.account() + " recovered after " + after.toSeconds() + " s");
            }
        };
        return new FileSinks(
                Stream.of(accounts).map(this::sink).toList(),
                files,
                leases::get,
                (sink, state) -> content(state).getBytes(UTF_8),
                new SinkContext(clock, clock, this::execute, observer, TTL));
    }

    private void execute(Runnable task) {
        if (refusing) {
            throw new RejectedExecutionException();
        }
        tasks.add(task);
    }

    private FileSink sink(String account) {
        return new FileSink(account, file(account), PosixFilePermissions.fromString("rw-------"));
    }

    private String content(KeyState state) {
        if (defective) {
            throw new IllegalStateException(String.valueOf(state.live()));
        }
        KeyState.LiveKey live = state.live();
        return state.generation() + (live == null ? " none" : " " + live.value().reveal() + " " + live.expiresAt());
    }

    @Test
    void aStartTellsTheTruth() {
        sinks = sinksOf("main", "other");
        leases.put("main", held(1, OURS, TTL));

        tick();

        assertThat(read("main")).isEqualTo("1 our-listen-key 2026-11-22T01:00:00Z");
        assertThat(read("other")).isEqualTo("0 none");
        assertThat(sinks.isSettled()).isTrue();
    }

    /** Each change matters to a reader at once. */
    @Test
    void aChangeIsWrittenWhenItHappens() {
        change("main", held(1, OURS, TTL));
        assertThat(read("main")).startsWith("1 our-listen-key ");

        change("main", held(2, OTHER, TTL));
        assertThat(read("main")).startsWith("2 another-listen-key ");

        change("main", held(3, OTHER, TTL));
        assertThat(read("main")).startsWith("3 another-listen-key ");

        Lease lost = held(3, OTHER, TTL).withState(new Recovering(Given.at(1), 0, Given.at(0)));
        change("main", lost);
        assertThat(read("main")).isEqualTo("3 none");

        change("main", held(4, OURS, TTL));
        leases.remove("main");
        sinks.changed("main");
        run();
        assertThat(read("main")).isEqualTo("0 none");
        assertThat(files.created).isEqualTo(6);
        sinks.changed("without a file");
        assertThat(tasks).isEmpty();
    }

    @Test
    void statesThatCameAndWentAreNotWritten() {
        leases.put("main", held(1, OURS, TTL));
        sinks.changed("main");
        leases.put("main", held(2, OTHER, TTL));
        sinks.changed("main");
        leases.put("main", held(3, OURS, TTL));
        sinks.changed("main");
        assertThat(sinks.isSettled()).isFalse();

        assertThat(tasks).hasSize(1);
        run();

        assertThat(read("main")).startsWith("3 our-listen-key");
        assertThat(files.created).isOne();
    }

    /** Checks move the deadline every minute; a file that is written that often wears out its disk and wakes its readers. */
    @Test
    void aDeadlineThatMovesOnIsWrittenAfterAQuarterOfTheTtl() {
        change("main", held(1, OURS, TTL));
        for (int minute = 1; minute <= 15; minute++) {
            clock.advance(ofMinutes(1));
            change("main", held(1, OURS, TTL));
        }
        assertThat(files.created).isOne();
        assertThat(read("main")).endsWith("01:00:00Z");

        clock.advance(ofMillis(1));
        tick();

        assertThat(files.created).isEqualTo(2);
        assertThat(read("main")).endsWith("01:15:00Z");
        clock.advance(ofMinutes(40));
        tick();
        assertThat(files.created).as("nothing newer is known").isEqualTo(2);
    }

    @Test
    void aRenewalIsWrittenAtOnce() {
        change("main", held(1, OURS, TTL));
        clock.advance(ofMinutes(24));

        change("main", held(1, OURS, TTL));

        assertThat(read("main")).endsWith("01:24:00Z");
    }

    /** After the clock was set back, or since the exchange says so: no reader may rely on the later one. */
    @Test
    void anEarlierDeadlineIsWrittenAtOnce() {
        change("main", held(1, OURS, TTL));

        change("main", held(1, OURS, TTL.minusMillis(1)));

        assertThat(read("main")).endsWith("00:59:59.999Z");
    }

    @Test
    void aKeyWhoseDeadlinePassesIsTakenAway() {
        change("main", held(1, OURS, TTL));
        clock.advance(TTL.minusMillis(1));
        tick();
        assertThat(read("main")).startsWith("1 our-listen-key");

        clock.advance(ofMillis(1));
        tick();

        assertThat(read("main")).isEqualTo("1 none");
    }

    @ParameterizedTest
    @EnumSource(Step.class)
    void aFailureAtAnyStepLeavesAWholeFileAndIsTriedAgain(Step step) throws IOException {
        change("main", held(1, OURS, TTL));
        files.failing = step;
        change("main", held(2, OTHER, TTL));

        assertThat(read("main")).startsWith(step == Step.SYNC ? "2 another-listen-key " : "1 our-listen-key ");
        assertThat(told).containsExactly("main failing: a fault at " + step);
        assertThat(names()).as("no half of a key is left").containsExactly("main");
        assertThat(sinks.isWritable("main")).isFalse();
        assertThat(sinks.problems())
                .containsExactly(
                        Map.entry("main", file("main") + ": a fault at " + step + ", since 2026-11-22T00:00:00Z"));
        assertThat(sinks.isSettled()).as("a stop does not wait for it").isTrue();

        assertTriedAfter(1, 2, 4, 8, 16, 32, 60, 60);
        files.failing = null;
        clock.advance(ofSeconds(60).minusMillis(1));
        tick();
        assertThat(sinks.isWritable("main")).isFalse();
        clock.advance(ofMillis(1));
        tick();

        assertThat(read("main")).startsWith("2 another-listen-key ");
        assertThat(told).hasSize(2).contains("main recovered after 243 s");
        assertThat(sinks.problems()).isEmpty();
        assertThat(names()).as("no temporary file is left").containsExactly("main");

        files.failing = step;
        change("main", held(3, OURS, TTL));
        assertTriedAfter(1, 2);
        assertThat(told).hasSize(3);
    }

    private void assertTriedAfter(int... seconds) {
        for (int pause : seconds) {
            clock.advance(ofSeconds(pause).minusMillis(1));
            sinks.tick();
            sinks.changed("main");
            assertThat(tasks).as("a millisecond before %d s", pause).isEmpty();
            clock.advance(ofMillis(1));
            sinks.tick();
            assertThat(tasks).as("after %d s", pause).hasSize(1);
            run();
        }
    }

    @Test
    void aDiskThatHangsHoldsUpNothingElse() {
        sinks = sinksOf("main", "other");
        tick();
        files.meanwhile = () -> {
            // On a thread of its own, while the write of main does not end.
            leases.put("main", held(2, OTHER, TTL));
            sinks.changed("main");
            change("other", held(1, OURS, TTL));
            assertThat(read("other")).startsWith("1 our-listen-key");

            clock.advance(ofSeconds(5).minusMillis(1));
            tick();
            assertThat(sinks.isWritable("main")).isTrue();
            clock.advance(ofMillis(1));
            tick();
            tick();
            assertThat(told).containsExactly("main failing: a write has not ended within 5 s");
            assertThat(sinks.isWritable("main")).isFalse();
            assertThat(sinks.isWritable("other")).isTrue();
            assertThat(sinks.isSettled()).as("a stop does not wait for it").isTrue();
            assertThat(read("main")).isEqualTo("0 none");
        };

        change("main", held(1, OURS, TTL));

        assertThat(read("main")).as("what has changed meanwhile").startsWith("2 another-listen-key");
        assertThat(told).hasSize(2).contains("main recovered after 0 s");
        assertThat(sinks.isWritable("main")).isTrue();
    }

    @Test
    void aWriteThatHangsAndThenFailsIsToldOnce() {
        files.failing = Step.RENAME;
        files.meanwhile = () -> {
            clock.advance(ofSeconds(5));
            tick();
        };

        change("main", held(1, OURS, TTL));

        assertThat(told).containsExactly("main failing: a write has not ended within 5 s");
        assertThat(sinks.problems().get("main")).contains("a fault at RENAME");
    }

    @Test
    void aWriteThatFailsAndThenHangsIsShownAsOneThatHangs() {
        files.failing = Step.RENAME;
        change("main", held(1, OURS, TTL));
        List<String> shown = new ArrayList<>();
        files.meanwhile = () -> {
            clock.advance(ofSeconds(5));
            tick();
            shown.add(sinks.problems().get("main"));
        };

        clock.advance(ofSeconds(1));
        tick();

        assertThat(shown).singleElement().asString().contains("a write hangs");
        assertThat(told).hasSize(1);
    }

    @Test
    void aFileThatSomebodyRemovesOrChangesIsWrittenAgain() throws IOException {
        change("main", held(1, OURS, TTL));
        Files.delete(file("main"));
        clock.advance(ofSeconds(30).minusMillis(1));
        tick();
        assertThat(file("main")).doesNotExist();
        clock.advance(ofMillis(1));
        tick();
        assertThat(read("main")).startsWith("1 our-listen-key");

        Files.writeString(file("main"), "else");
        clock.advance(ofSeconds(30));
        tick();
        assertThat(read("main")).startsWith("1 our-listen-key");

        int written = files.created;
        clock.advance(ofSeconds(30));
        tick();
        assertThat(files.created).as("it is right").isEqualTo(written);
    }

    @Test
    void aFileThatCannotBeLookedAtIsAProblem() {
        change("main", held(1, OURS, TTL));
        files.failing = Step.FIND;
        clock.advance(ofSeconds(30));
        tick();
        assertThat(told).containsExactly("main failing: a fault at FIND");

        files.failing = null;
        clock.advance(ofSeconds(1));
        tick();
        assertThat(told).hasSize(2).contains("main recovered after 1 s");
    }

    @Test
    void aLookThatHangsAndFindsTheFileRightIsOver() {
        change("main", held(1, OURS, TTL));
        clock.advance(ofSeconds(30));
        sinks.tick();
        clock.advance(ofSeconds(5));
        sinks.tick();
        assertThat(sinks.isWritable("main")).isFalse();

        run();

        assertThat(sinks.isWritable("main")).isTrue();
        assertThat(files.created).isOne();
    }

    /** Such as that there is no thread for it. */
    @Test
    void aWriteThatCannotBeginIsTriedAgain() {
        refusing = true;
        change("main", held(1, OURS, TTL));
        tick();
        assertThat(file("main")).doesNotExist();

        refusing = false;
        tick();

        assertThat(read("main")).startsWith("1 our-listen-key");
        assertThat(told).isEmpty();
    }

    @Test
    void aFolderThatIsMissingMayComeLater() throws IOException {
        Path later = folder.resolve("later");
        sinks = sinksOf("later/main");
        tick();
        assertThat(told).containsExactly("later/main failing: its folder does not exist");

        Files.createDirectory(later);
        clock.advance(ofSeconds(1));
        tick();

        assertThat(later.resolve("main")).content().isEqualTo("0 none");
    }

    /** The message of a defect may hold a key. */
    @Test
    void aDefectIsToldByItsKindOnlyAndTriedAgain() {
        defective = true;
        change("main", held(1, OURS, TTL));
        assertThat(told).containsExactly("main failing: internal error, IllegalStateException");

        defective = false;
        clock.advance(ofSeconds(1));
        tick();

        assertThat(read("main")).startsWith("1 our-listen-key");
    }

    private void tick() {
        sinks.tick();
        run();
    }

    private void change(String account, Lease lease) {
        leases.put(account, lease);
        sinks.changed(account);
        run();
    }

    private void run() {
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
    }

    /** Renewed just now. */
    private Lease held(int generation, Secret key, Duration left) {
        Instant now = clock.instant();
        return new Lease(
                Given.registration("main", OnLoss.RECREATE),
                generation,
                new ListenKey(key, now, now, now.plus(left)),
                new Active(now.plus(ofMinutes(30))),
                null,
                null,
                1);
    }

    private Path file(String account) {
        return folder.resolve(account);
    }

    private List<String> names() throws IOException {
        try (var all = Files.list(folder)) {
            return all.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    private String read(String account) {
        try {
            return Files.readString(file(account));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
