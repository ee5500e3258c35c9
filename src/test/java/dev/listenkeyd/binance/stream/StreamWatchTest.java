package dev.listenkeyd.binance.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.binance.stream.FakeStreams.FakeConnection;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.lease.StreamStatus;
import dev.listenkeyd.lease.VirtualClock;
import dev.listenkeyd.telemetry.LogRecording;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** When the watch connects, and when it asks, in virtual time. */
class StreamWatchTest {
    private static final Duration RETRY_MIN = Duration.ofSeconds(1);
    private static final Duration STEP = Duration.ofMillis(100);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final VirtualClock clock = new VirtualClock();
    private final FakeStreams streams = new FakeStreams();
    private final FakeLeases leases = new FakeLeases();
    private StreamWatch watch = watch(new StreamWatch.Scope(true, Set.of(), Set.of(), 200));

    private static final class FakeLeases implements StreamWatch.Leases {
        private final Map<String, Lease> all = new TreeMap<>();
        private final List<CompletableFuture<Boolean>> questions = new ArrayList<>();

        @Override
        public Collection<Lease> all() {
            return all.values();
        }

        @Override
        public @Nullable Lease find(String account) {
            return all.get(account);
        }

        @Override
        public CompletionStage<Boolean> ask(Lease lease) {
            questions.add(new CompletableFuture<>());
            return questions.get(questions.size() - 1);
        }

        private void put(String account, @Nullable String key) {
            Lease lease = Lease.registered(Given.registration(account, OnLoss.RECREATE), null);
            ListenKey held =
                    key == null ? null : new ListenKey(new Secret(key), Given.T0, Given.T0, Given.at(1_000_000));
            all.put(account, held == null ? lease : lease.withKey(1, held, new Active(Given.at(1800)), null));
        }
    }

    // --- connections

    @Test
    void connectsAsSoonAsThereIsAKeyAndNotBefore() {
        leases.put("main", null);
        advance(MINUTE);
        assertThat(streams.all).isEmpty();
        assertThat(status("main").connected()).isFalse();

        leases.put("main", "key-1");
        watch.tick();
        assertThat(streams.last().key.reveal()).isEqualTo("key-1");
        streams.last().open();

        assertThat(status("main")).isEqualTo(new StreamStatus(true, clock.instant(), null));
    }

    @Test
    void aNewKeyIsConnectedBeforeTheOldConnectionIsClosed() {
        FakeConnection before = connected("main", "key-1");

        leases.put("main", "key-2");
        advance(Gaps.CONNECTION.plus(STEP));

        assertThat(streams.all).hasSize(2);
        assertThat(before.closed).isFalse();
        assertThat(status("main").connected()).isFalse();
        streams.last().open();
        assertThat(before.closed).isTrue();
        assertThat(status("main").connected()).isTrue();
        assertThat(streams.left())
                .singleElement()
                .extracting(left -> left.key.reveal())
                .isEqualTo("key-2");
    }

    @Test
    void aConnectionThatOpensTooLateIsClosed() {
        leases.put("main", "key-1");
        watch.tick();
        FakeConnection late = streams.last();
        leases.put("main", "key-2");
        advance(Gaps.CONNECTION.plus(STEP));
        FakeConnection current = streams.last().open();

        late.open();

        assertThat(streams.left()).containsExactly(current);
    }

    @Test
    void aConnectionIsReplacedBeforeTheExchangeEndsIt() {
        FakeConnection first = connected("main", "key-1");

        advance(WatchedStream.LONGEST_LIFE.minus(Duration.ofMinutes(15)).minusSeconds(2));
        assertThat(streams.all).hasSize(1);
        advance(Duration.ofSeconds(3));

        assertThat(streams.all).hasSize(2);
        assertThat(first.closed).isFalse();
        streams.last().open();
        assertThat(first.closed).isTrue();
        assertThat(status("main").since()).isEqualTo(Given.T0);
    }

    @Test
    void brokenConnectionsBackOffToAMinuteAndOneThatWorkedIsTriedSoon() {
        leases.put("main", "key-1");
        advance(Duration.ofHours(1), () -> streams.left().forEach(FakeConnection::breaks));
        int tries = streams.all.size();
        assertThat(tries).isBetween(60, 130);

        advance(MINUTE, () -> {});
        streams.last().open();
        advance(MINUTE);
        streams.last().breaks();
        advance(Duration.ofSeconds(3));

        assertThat(streams.left()).hasSize(1);
    }

    @Test
    void oneConnectionASecondForAllAccountsTogetherAndNoneStarves() {
        for (int i = 0; i < 100; i++) {
            leases.put("account-" + i, "key-" + i);
        }

        advance(Duration.ofSeconds(20));
        assertThat(streams.all.size()).isBetween(15, 20);
        // Those that fail at once are not tried again before all others had their turn.
        advance(Duration.ofMinutes(4), () -> streams.left().forEach(FakeConnection::breaks));

        assertThat(streams.all.stream()
                        .map(connection -> connection.key.reveal())
                        .distinct())
                .hasSize(100);
    }

    @Test
    void namedAccountsFindAPlaceAndExemptOnesAreNotWatched() {
        watch = watch(new StreamWatch.Scope(true, Set.of("z-named", "y-named"), Set.of("b-exempt"), 3));
        for (String account : List.of("a-any", "b-exempt", "c-any", "z-named")) {
            leases.put(account, "key-of-" + account);
        }
        advance(MINUTE, this::openAll);
        leases.put("y-named", "key-of-y");
        advance(MINUTE, this::openAll);

        assertThat(streams.left())
                .extracting(left -> left.key.reveal())
                .containsExactlyInAnyOrder("key-of-a-any", "key-of-z-named", "key-of-y");
        assertThat(watch.of("b-exempt")).isNull();
        assertThat(watch.of("c-any")).isNull();

        leases.all.remove("a-any");
        advance(MINUTE, this::openAll);
        assertThat(status("c-any").connected()).isTrue();
    }

    @Test
    void theEndOfTheLeaseOrOfItsKeyEndsTheConnection() {
        connected("main", "key-1");
        leases.put("main", null);
        watch.tick();
        assertThat(streams.left()).isEmpty();
        assertThat(status("main").connected()).isFalse();

        connected("other", "key-2");
        leases.all.remove("other");
        watch.tick();
        assertThat(streams.left()).isEmpty();
        assertThat(watch.of("other")).isNull();
    }

    @Test
    void whileAnAccountIsPausedThereIsNoConnectionAndNoQuestion() {
        FakeConnection connection = connected("main", "key-1");
        Lease lease = Objects.requireNonNull(leases.all.get("main"));
        leases.all.put("main", lease.withPause(Given.maintenance(7200)));

        connection.expired();
        advance(MINUTE, this::openAll);
        assertThat(streams.left()).isEmpty();
        assertThat(status("main").connected()).isFalse();
        assertThat(leases.questions).isEmpty();

        leases.all.put("main", lease);
        advance(MINUTE, this::openAll);
        assertThat(status("main").connected()).isTrue();
        assertThat(leases.questions).isEmpty();
    }

    @Test
    void nothingBeginsAfterTheEnd() {
        FakeConnection connection = connected("main", "key-1");

        watch.close();
        connection.expired();
        connection.listener.ended("closed");
        leases.put("other", "key-2");
        advance(MINUTE);

        assertThat(connection.closed).isTrue();
        assertThat(streams.all).hasSize(1);
        assertThat(leases.questions).isEmpty();
    }

    // --- questions

    @Test
    void anExpiryOfTheKeyInForceIsAskedAboutAtOnceAndOnce() {
        FakeConnection connection = connected("main", "key-1");

        connection.expired();
        connection.expired();
        assertThat(leases.questions).hasSize(1);
        assertThat(leases.all.get("main"))
                .as("only the exchange declares a loss")
                .satisfies(lease -> assertThat(lease.isLive()).isTrue());

        leases.put("main", "key-2");
        leases.questions.get(0).complete(true);
        advance(MINUTE, this::openAll);
        connection.expired();
        advance(MINUTE);

        assertThat(leases.questions).hasSize(1);
        assertThat(status("main").connected()).isTrue();
    }

    @Test
    void whatDoesNotConcernTheKeyInForceIsForgotten() {
        FakeConnection connection = connected("main", "key-1");

        connection.says("listenKeyExpired", "key-2");
        connection.says("ORDER_TRADE_UPDATE", "key-1");
        connection.listener.message("garbage");
        advance(MINUTE);

        assertThat(leases.questions).isEmpty();
        assertThat(status("main").lastEventAt()).isEqualTo(Given.T0);
    }

    @Test
    void aQuestionWithoutAnAnswerIsAskedAgain() {
        FakeConnection connection = connected("main", "key-1");
        connection.expired();

        leases.questions.get(0).complete(false);
        advance(Gaps.question(RETRY_MIN, 1).minus(STEP));
        assertThat(leases.questions).hasSize(1);
        advance(STEP);
        assertThat(leases.questions).hasSize(2);
        leases.questions.get(1).completeExceptionally(new IllegalStateException("no weight"));
        advance(Gaps.question(RETRY_MIN, 2));

        assertThat(leases.questions).hasSize(3);
        assertThat(connection.closed).isFalse();
    }

    @Test
    void nothingIsAskedWhileAQuestionWaits() {
        FakeConnection connection = connected("main", "key-1");
        connection.expired();

        advance(MINUTE, connection::expired);
        assertThat(leases.questions).hasSize(1);

        leases.questions.get(0).complete(false);
        watch.tick();
        assertThat(leases.questions).hasSize(2);
    }

    @Test
    void falseAlarmsWithoutEndAreAskedAboutEverMoreRarely() {
        connected("main", "key-1");
        for (int i = 0; i < 20_000; i++) {
            streams.left().forEach(FakeConnection::expired);
            leases.questions.forEach(question -> question.complete(true));
            advance(STEP, this::openAll);
        }

        // About 33 minutes: after 1, 2, 4 s and so on, then every 10 minutes.
        assertThat(leases.questions.size()).isBetween(8, 14);
        assertThat(streams.all.size())
                .as("each false alarm costs its connection")
                .isBetween(5, 15);
    }

    @Test
    void manyExpiriesAreOneQuestionInRetryMinWhateverTheKey() {
        FakeConnection connection = connected("main", "key-0");
        for (int i = 1; i <= 100; i++) {
            connection.expired();
            leases.put("main", "key-" + i);
            leases.questions.forEach(question -> question.complete(true));
            advance(STEP.multipliedBy(3), this::openAll);
            connection = streams.last();
        }

        assertThat(leases.questions.size()).isLessThanOrEqualTo(31);
    }

    // --- the log

    @Test
    void aLongOutageIsLoggedOnceAndSoIsItsEndAndNoKeyIs() {
        LogRecording log = new LogRecording("listenkeyd");
        try {
            leases.put("main", "key-1-secret");
            advance(Duration.ofMinutes(5), () -> streams.left().forEach(FakeConnection::breaks));
            advance(MINUTE.plus(STEP));
            streams.last().open();
            advance(STEP);
            streams.last().expired();

            assertThat(log.lines)
                    .containsExactly(
                            "WARN main: the stream watch has had no connection for 60 s (reset); renewals and checks go on",
                            "INFO main: the stream watch is connected again after 360 s",
                            "INFO main: the stream says that the key has expired; asking the exchange");
            assertThat(log.everything).noneMatch(line -> line.contains("secret"));
        } finally {
            log.close();
        }
    }

    private StreamWatch watch(StreamWatch.Scope scope) {
        return new StreamWatch(scope, leases, streams, RETRY_MIN, new StreamWatch.Time(clock, clock, () -> 0.5));
    }

    private FakeConnection connected(String account, String key) {
        leases.put(account, key);
        watch.tick();
        return streams.last().open();
    }

    private void openAll() {
        streams.left().forEach(FakeConnection::open);
    }

    private StreamStatus status(String account) {
        StreamStatus status = watch.of(account);
        assertThat(status).as(account).isNotNull();
        return Objects.requireNonNull(status);
    }

    private void advance(Duration by) {
        advance(by, () -> {});
    }

    private void advance(Duration by, Runnable afterEachTick) {
        for (long left = by.dividedBy(STEP); left > 0; left--) {
            clock.advance(STEP);
            watch.tick();
            afterEachTick.run();
        }
    }
}
