package dev.listenkeyd.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

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
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.Loss;
import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.lease.RenewalOutcome.Confirmed;
import dev.listenkeyd.lease.RenewalOutcome.Failed;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import dev.listenkeyd.lease.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The log has a line when a lease changes its state, and none while it stays. */
class RenewalLogTest {
    private static final Instant T0 = Instant.parse("2026-11-22T00:00:00Z");
    private static final Secret API_KEY = new Secret("SECRET-api-key");
    private static final Secret OLD_KEY = new Secret("SECRET-old-listen-key");
    private static final Secret NEW_KEY = new Secret("SECRET-new-listen-key");
    private static final Lease ACTIVE = lease(new Active(at(1800)), null, null);
    private static final Failure DOWN =
            new Failure(at(1800), Reason.UNREACHABLE, 503, -1001, "Internal error; unable to process.");
    private static final Failure REFUSED =
            new Failure(at(1800), Reason.CREDENTIALS_REFUSED, 401, -2015, "Invalid API-key");

    private final LogRecording recording = new LogRecording("listenkeyd.renewal");
    private final RenewalLog log = new RenewalLog();

    @AfterEach
    void noSecretWasLogged() {
        recording.close();
        assertThat(recording.everything).noneMatch(text -> text.contains("SECRET"));
    }

    /**
     * An event, and the lines that it logs.
     *
     * @param lines each the level and texts that the line contains, or with {@code !} does not contain
     */
    record Turn(
            String name,
            @Nullable Lease before,
            @Nullable RenewalOutcome outcome,
            @Nullable Lease after,
            List<String> lines) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Turn turn(
            String name,
            @Nullable Lease before,
            @Nullable RenewalOutcome outcome,
            @Nullable Lease after,
            String... lines) {
        return new Turn(name, before, outcome, after, List.of(lines));
    }

    static Stream<Turn> turns() {
        Registration known = ACTIVE.registration();
        Secret newApiKey = new Secret("SECRET-new");
        return Stream.of(
                turn("registered", null, null, lease(new Pending(T0, 0, OLD_KEY), null, null), "INFO|main|bot"),
                turn("ended", ACTIVE, null, null, "INFO|main|ended"),
                turn(
                        "another API key",
                        ACTIVE,
                        null,
                        registered(new Registration(
                                "main", newApiKey, known.onLoss(), known.clients(), known.registeredAt())),
                        "INFO|main|API key"),
                turn(
                        "another holder",
                        ACTIVE,
                        null,
                        registered(new Registration("main", known.apiKey(), known.onLoss(), "second", T0))),
                turn(
                        "first failure",
                        ACTIVE,
                        new Failed(DOWN),
                        retrying(1, DOWN),
                        "WARN|main|UNREACHABLE|503|-1001|unable to process|2026-11-22T01:00:00Z"),
                turn(
                        "failure before the first key",
                        lease(new Pending(T0, 0, null), null, null, null, 0),
                        new Failed(DOWN),
                        lease(new Pending(at(1), 1, null), null, DOWN, null, 0),
                        "WARN|no live key"));
    }

    static Stream<Turn> pauses() {
        AccountPause pause = new AccountPause(T0, at(7200), "new \"firewall\"");
        Lease paused = ACTIVE.withPause(pause);
        Lease lost = lost(DOWN).withPause(new AccountPause(T0, at(7200), "x"));
        return Stream.of(
                turn(
                        "paused",
                        ACTIVE,
                        null,
                        paused,
                        "INFO|main: PAUSED until 2026-11-22T02:00:00Z, \"new \\\"firewall\\\"\": no call|its key lives until"),
                turn("paused without a key", lost(DOWN), null, lost, "INFO|main: PAUSED until|it has no live key"),
                turn("its end", paused, null, ACTIVE, "INFO|main: its pause is over, and calls are made again"),
                turn("lost meanwhile", paused, null, lost, "ERROR|main: LOST, EXPIRED|before its pause ends"),
                turn("end without a key", lost, null, lost(DOWN), "WARN|main: its pause is over|no live key; trying"),
                turn(
                        "end without a key, only reported",
                        lease(new Lost(at(1800)), DOWN, loss(LossCause.EXPIRED, null))
                                .withPause(pause),
                        null,
                        lease(new Lost(at(1800)), DOWN, loss(LossCause.EXPIRED, null)),
                        "WARN|main: its pause is over|nothing is created"));
    }

    static Stream<Turn> losses() {
        Failure gone = new Failure(at(1800), Reason.NO_ACTIVE_KEY, 400, -1125, "This listenKey does not exist.");
        Failure over = new Failure(at(-60), Reason.UNREACHABLE, 503, null, "away");
        return Stream.of(
                turn(
                        "expired",
                        retrying(9, DOWN),
                        null,
                        lost(DOWN),
                        "ERROR|LOST, EXPIRED|" + OLD_KEY.fingerprint() + "|2026-11-22T00:00:00Z|503|last failure, at "
                                + at(1800) + ": UNREACHABLE"),
                turn(
                        "failure after the loss",
                        lost(DOWN),
                        new Failed(DOWN),
                        lease(new Recovering(at(3602), 1, at(3600)), DOWN, loss(LossCause.EXPIRED, null))),
                turn(
                        "not blamed on a failure that is over",
                        lease(new Active(at(1800)), over, null),
                        null,
                        lost(over),
                        "ERROR|LOST, EXPIRED|!failure|!503"),
                turn(
                        "closed elsewhere, only reported",
                        ACTIVE,
                        new Failed(gone),
                        lease(new Lost(at(1800)), gone, loss(LossCause.CLOSED_ELSEWHERE, null)),
                        "ERROR|LOST|CLOSED_ELSEWHERE|-1125|report"));
    }

    /** The gap is counted from the key's deadline, and not from the moment at which the loss was noticed. */
    static Stream<Turn> rotations() {
        return Stream.of(
                turn(
                        "expired and recreated",
                        lease(new Recovering(at(3623), 2, at(3622)), DOWN, loss(LossCause.EXPIRED, null)),
                        new Confirmed(at(3624), NEW_KEY, null),
                        rotated(LossCause.EXPIRED, 3624),
                        "WARN|ROTATED|generation 2|" + NEW_KEY.fingerprint() + "|reconcile|2026-11-22T00:00:00Z",
                        "INFO|recovered after 24.0 s without a live key, and 2 failed attempt(s) since the loss"),
                turn(
                        "closed elsewhere and recreated",
                        lease(new Recovering(at(1801), 1, at(1800)), DOWN, loss(LossCause.CLOSED_ELSEWHERE, null)),
                        new Confirmed(at(3624), NEW_KEY, null),
                        rotated(LossCause.CLOSED_ELSEWHERE, 3624),
                        "WARN|ROTATED",
                        "INFO|recovered after up to 3624.0 s without a live key, and 1 failed attempt(s)"),
                turn(
                        "replaced by another program",
                        ACTIVE,
                        new Confirmed(at(3624), NEW_KEY, null),
                        rotated(LossCause.CLOSED_ELSEWHERE, 3624),
                        "WARN|ROTATED, another program has replaced the key|" + NEW_KEY.fingerprint()));
    }

    @ParameterizedTest
    @MethodSource({"turns", "pauses", "losses", "rotations"})
    void eachTurnIsItsLines(Turn turn) {
        happens(at(3624), turn.before(), turn.outcome(), turn.after());

        assertThat(recording.lines).hasSize(turn.lines().size());
        for (int i = 0; i < turn.lines().size(); i++) {
            String line = recording.lines.get(i);
            for (String text : turn.lines().get(i).split("\\|", -1)) {
                if (text.startsWith("!")) {
                    assertThat(line).doesNotContain(text.substring(1));
                } else {
                    assertThat(line).contains(text);
                }
            }
        }
    }

    @Test
    void successIsNoLineHoweverOftenItComes() {
        Lease pending = lease(new Pending(T0, 0, null), null, null);
        happens(pending, new Confirmed(T0, OLD_KEY, null), ACTIVE);
        for (int i = 0; i < 100; i++) {
            happens(ACTIVE, new Renewed(T0), ACTIVE);
            happens(ACTIVE, new Confirmed(T0, OLD_KEY, at(3600)), ACTIVE);
        }

        assertThat(recording.lines).isEmpty();
    }

    @Test
    void goingBadAndRecoveringAreTwoLinesWhateverComesBetween() {
        happens(ACTIVE, new Failed(DOWN), retrying(1, DOWN));
        for (int i = 1; i < 100; i++) {
            happens(retrying(i, DOWN), new Failed(DOWN), retrying(i + 1, DOWN));
        }
        happens(at(1890), retrying(100, DOWN), new Renewed(at(1890)), ACTIVE);
        happens(ACTIVE, new Renewed(T0), ACTIVE);

        assertThat(recording.lines).hasSize(2);
        assertThat(recording.lines.get(0)).startsWith("WARN");
        assertThat(recording.lines.get(1)).startsWith("INFO").contains("main", "recovered", "90", "100");
    }

    @Test
    void aFailureThatNeedsAnOperatorIsAnErrorAmongOtherFailures() {
        happens(ACTIVE, new Failed(DOWN), retrying(1, DOWN));
        happens(retrying(1, DOWN), new Failed(REFUSED), retrying(2, REFUSED));
        happens(retrying(2, REFUSED), new Failed(REFUSED), retrying(3, REFUSED));

        assertThat(recording.lines).hasSize(2);
        assertThat(recording.lines.get(1)).startsWith("ERROR").contains("CREDENTIALS_REFUSED", "-2015");
    }

    @Test
    void expirationsInThePastAreToldOnceUntilTheyAreOver() {
        RenewalOutcome past = new Confirmed(at(1800), OLD_KEY, at(1800));
        RenewalOutcome sound = new Confirmed(at(1800), OLD_KEY, at(1800.001));
        for (int i = 0; i < 3; i++) {
            happens(ACTIVE, past, ACTIVE);
            happens(ACTIVE, new Renewed(at(1800)), ACTIVE);
        }
        assertThat(recording.lines)
                .singleElement()
                .asString()
                .startsWith("WARN main: the exchange names an expiration in the past")
                .contains("alive until " + at(3600), "clock");

        happens(ACTIVE, sound, ACTIVE);
        happens(ACTIVE, sound, ACTIVE);
        assertThat(recording.lines).hasSize(2);
        assertThat(recording.lines.get(1)).startsWith("INFO");
    }

    @Test
    void everyReasonCanBeLogged() {
        for (Reason reason : Reason.values()) {
            Failure failure = new Failure(T0, reason, null, null, "100 % of %s and %n");

            happens(ACTIVE, new Failed(failure), retrying(1, failure));

            String line = recording.lines.get(recording.lines.size() - 1);
            assertThat(line)
                    .startsWith(reason.needsOperator() ? "ERROR" : "WARN")
                    .contains(reason.name(), "100 % of %s and %n");
        }
    }

    private void happens(@Nullable Lease before, @Nullable RenewalOutcome outcome, @Nullable Lease after) {
        happens(at(1800), before, outcome, after);
    }

    private void happens(
            Instant when, @Nullable Lease before, @Nullable RenewalOutcome outcome, @Nullable Lease after) {
        Duration took = outcome == null ? null : Duration.ofMillis(80);
        RenewalEvent event = new RenewalEvent(before, outcome, after, when, Duration.ZERO, took, false);
        assertThat(event.toString()).doesNotContain("SECRET");
        log.observe(event);
    }

    private static Instant at(double seconds) {
        return T0.plusMillis(Math.round(seconds * 1000));
    }

    private static Lease registered(Registration registration) {
        return new Lease(registration, 1, ACTIVE.key(), ACTIVE.state(), null, null, 2);
    }

    private static Lease retrying(int failures, Failure failure) {
        return lease(new Retrying(at(1801), failures, at(1800)), failure, null);
    }

    private static Lease lost(Failure failure) {
        return lease(new Recovering(at(3601), 0, at(3600)), failure, loss(LossCause.EXPIRED, null));
    }

    private static Lease rotated(LossCause cause, double seconds) {
        return lease(new Active(at(5400)), key(NEW_KEY, at(seconds)), null, loss(cause, at(seconds)), 2);
    }

    private static Lease lease(LeaseState state, @Nullable Failure failure, @Nullable Loss loss) {
        return lease(state, key(OLD_KEY, T0), failure, loss, 1);
    }

    private static Lease lease(
            LeaseState state, @Nullable ListenKey key, @Nullable Failure failure, @Nullable Loss loss, int generation) {
        Registration registration = new Registration("main", API_KEY, OnLoss.RECREATE, "bot", T0);
        return new Lease(registration, generation, key, state, failure, loss, 1);
    }

    private static ListenKey key(Secret value, Instant since) {
        return new ListenKey(value, since, since, since.plusSeconds(3600));
    }

    private static Loss loss(LossCause cause, @Nullable Instant recoveredAt) {
        return Given.loss(cause, T0, recoveredAt, OLD_KEY.fingerprint());
    }
}
