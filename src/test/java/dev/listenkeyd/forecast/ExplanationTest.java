package dev.listenkeyd.forecast;

import static dev.listenkeyd.forecast.LeaseStatus.ACTIVE;
import static dev.listenkeyd.forecast.LeaseStatus.AT_RISK;
import static dev.listenkeyd.forecast.LeaseStatus.LOST;
import static dev.listenkeyd.forecast.LeaseStatus.PAUSED;
import static dev.listenkeyd.forecast.LeaseStatus.PENDING;
import static dev.listenkeyd.forecast.LeaseStatus.RETRYING;
import static dev.listenkeyd.lease.Given.POLICY;
import static dev.listenkeyd.lease.Given.T0;
import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.OnLoss.RECREATE;
import static dev.listenkeyd.lease.OnLoss.REPORT;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.budget.Budget;
import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.budget.OutageDetector;
import dev.listenkeyd.budget.Permit;
import dev.listenkeyd.budget.Priority;
import dev.listenkeyd.forecast.NextStep.Kind;
import dev.listenkeyd.lease.AccountPause;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseState.Lost;
import dev.listenkeyd.lease.LeaseState.Retrying;
import dev.listenkeyd.lease.Loss;
import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.lease.Pause;
import dev.listenkeyd.lease.ScriptedGateway;
import dev.listenkeyd.lease.VirtualClock;
import dev.listenkeyd.simulation.CoreInVirtualTime;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What somebody is told of a lease, who knows nothing of the inside. */
class ExplanationTest {
    private static final Forecast PROGNOSIS = new Forecast(POLICY);

    static Stream<Arguments> states() {
        return Stream.of(
                Arguments.of(Given.pending(RECREATE), PENDING, Kind.FIRST_KEY, 1000.0, "is asked for the key"),
                Arguments.of(Given.adopted(REPORT), PENDING, Kind.FIRST_KEY, 1000.0, "was handed over"),
                Arguments.of(
                        Given.pendingAfter(3, Reason.UNREACHABLE),
                        PENDING,
                        Kind.FIRST_KEY,
                        1000.0,
                        "attempt 4 after 3 failures: the gaps grow to 1 min, and are about 2 s while there is request weight to spare."),
                Arguments.of(
                        Given.active(RECREATE), ACTIVE, Kind.RENEWAL, 1800.0, "between 80 % and 100 % of 30 min after"),
                Arguments.of(
                        Given.retrying(1, RECREATE),
                        RETRYING,
                        Kind.RETRY,
                        1801.0,
                        "attempt 2 after 1 failure: the gaps grow to 1 min, and shrink before the deadline."),
                Arguments.of(Given.recovering(0, RECREATE), LOST, Kind.NEW_KEY, 3601.0, "takes the place"),
                Arguments.of(Given.recovering(2, REPORT), LOST, Kind.CHECK, 3601.0, "none is made, since"),
                Arguments.of(Given.lost(REPORT), LOST, Kind.NOTHING, null, "onLoss is report, so none is made"),
                Arguments.of(Given.lost(RECREATE), LOST, Kind.NOTHING, null, "until somebody asks"),
                Arguments.of(
                        paused(Given.active(RECREATE), 2000),
                        PAUSED,
                        Kind.RENEWAL,
                        2000.0,
                        "Nothing before the pause ends, 2026-11-22T00:33:20Z (in 16 min 40 s); then: The regular renewal"),
                Arguments.of(paused(Given.active(RECREATE), 1500), PAUSED, Kind.RENEWAL, 1800.0, "then: The regular"),
                Arguments.of(
                        paused(Given.active(RECREATE), 7200),
                        PAUSED,
                        Kind.NEW_KEY,
                        7200.0,
                        "then: The key dies at 2026-11-22T01:00:00Z, before a call"),
                Arguments.of(
                        paused(Given.recovering(0, REPORT), 7200), PAUSED, Kind.CHECK, 7200.0, "then: The exchange"),
                Arguments.of(paused(Given.lost(REPORT), 7200), PAUSED, Kind.NOTHING, null, "then: Nothing is done"),
                Arguments.of(
                        paused(Given.pendingAfter(3, Reason.UNREACHABLE), 7200),
                        PAUSED,
                        Kind.FIRST_KEY,
                        7200.0,
                        "then: The exchange is asked"));
    }

    @ParameterizedTest
    @MethodSource("states")
    void everyStateTellsWhatComesNextAndWhen(
            Lease lease, LeaseStatus status, Kind kind, @Nullable Double next, String why) {
        Explanation told = explained(lease);

        assertThat(told.status()).isEqualTo(status);
        assertThat(told.next().kind()).isEqualTo(kind);
        assertThat(told.next().at()).isEqualTo(next == null ? null : at(next));
        assertThat(told.next().why()).contains(why);
        assertThat(told.text())
                .startsWith("Account main is " + status + ". " + told.why())
                .contains(told.next().why(), "of 200 request weight used")
                .contains(told.happened())
                .doesNotContain("null", "  ", "..", Given.OURS.reveal(), Given.API_KEY.reveal());
    }

    private static Lease paused(Lease lease, double until) {
        return lease.withPause(new AccountPause(T0, at(until), "new \"firewall\""));
    }

    @Test
    void aPauseIsToldWithItsReasonInQuotesAndWithWhatSavesTheKey() {
        Explanation told = explained(paused(Given.active(RECREATE), 7200));

        assertThat(told.why())
                .isEqualTo("A person has paused it at 2026-11-22T00:00:00Z for maintenance: \"new \\\"firewall\\\"\"."
                        + " No call is made for it before 2026-11-22T02:00:00Z (in 1 h 43 min)."
                        + " The key lives, and nothing is done to keep it.");
        assertThat(told.advice())
                .containsExactly("To keep the key, end the pause before 2026-11-22T01:00:00Z:"
                        + " DELETE /v1/listen-keys/main/pause.");
        assertThat(explained(paused(Given.active(RECREATE), 3599)).advice()).isEmpty();
        assertThat(explained(paused(Given.lost(RECREATE), 7200)).advice())
                .noneMatch(advice -> advice.contains("Ask for a renewal"));
    }

    @Test
    void adviceIsPartOfTheText() {
        Explanation told = explained(Given.lost(RECREATE));

        assertThat(told.advice())
                .containsExactly(
                        "Whoever reads its stream sees no fills meanwhile: ask for orders and fills by REST.",
                        "Ask for a renewal to have a new key made.");
        assertThat(told.text()).endsWith(" Ask for a renewal to have a new key made.");
    }

    @Test
    void whatIsDueWaitsForItsTurnOrForTheGate() {
        Lease due = Given.in(new Active(at(900)), RECREATE);

        assertThat(explained(due).next())
                .isEqualTo(new NextStep(
                        Kind.RENEWAL, at(1000), explained(due).next().why()));
        assertThat(explained(due).next().why())
                .endsWith("It is due since " + at(900) + "; more urgent calls go first.");
        assertThat(Explanation.of(due, PROGNOSIS, open(), true).next().why())
                .endsWith("A call for it is under way, and not answered yet.");
        NextStep shut = explained(due, closedUntil(1500)).next();
        assertThat(shut.at()).isEqualTo(at(1500));
        assertThat(shut.why()).endsWith("It would be due at " + at(900) + ", but waits until calls may leave.");
        // Open again before it is due: nothing to tell.
        assertThat(explained(due, closedUntil(1500)).text())
                .contains("No call to the exchange may leave before " + at(1500));
        assertThat(explained(Given.active(RECREATE), closedUntil(1500)).next().why())
                .doesNotContain("It would");
    }

    @Test
    void aGateThatStaysShutPastTheDeadlineIsToldAsTheDanger() {
        Explanation told = explained(Given.active(RECREATE), closedUntil(3600));

        assertThat(told.status()).isEqualTo(AT_RISK);
        assertThat(told.why()).isEqualTo("No call may leave before the key dies.");
        assertThat(told.next()).extracting(NextStep::kind, NextStep::at).containsExactly(Kind.NEW_KEY, at(3600));
        assertThat(told.next().why())
                .startsWith("The key dies at " + at(3600)
                        + ", before a call for it can leave; then a new key takes its place.");
        assertThat(told.advice())
                .hasSize(3)
                .first()
                .asString()
                .startsWith("Find the other program behind this machine's address");
        assertThat(told.attemptsLeft()).isZero();
        assertThat(told.attempts()).isEmpty();
        assertThat(told.text())
                .contains("(in 43 min 20 s): the exchange has banned this machine's address (BANNED).")
                .contains("0 attempts left");
    }

    @Test
    void aLeaseThatOnlyReportsIsNotPromisedANewKey() {
        NextStep next = explained(Given.active(REPORT), closedUntil(3700)).next();

        assertThat(next.kind()).isEqualTo(Kind.CHECK);
        assertThat(next.at()).isEqualTo(at(3700));
        assertThat(next.why()).contains("The key dies at " + at(3600), "none is made, since onLoss is report");
    }

    static Stream<Arguments> hindrances() {
        Pause ban = new Pause(at(1500), Reason.BANNED);
        return Stream.of(
                Arguments.of(conditions(ban, 200, true, true, true), "no call may leave before " + at(1500)),
                Arguments.of(conditions(null, 200, true, true, true), "new ones are made one by one"),
                Arguments.of(
                        conditions(null, 200, true, false, true), "weight is used up, 200 of 200 in the last 1 min"),
                Arguments.of(conditions(null, 41, true, false, true), "the exchange is out of reach"),
                Arguments.of(conditions(null, 41, false, false, true), "calls start slowly after a pause"),
                Arguments.of(conditions(null, 41, false, false, false), "more urgent calls go first"));
    }

    @ParameterizedTest
    @MethodSource("hindrances")
    void whatHoldsACallBackIsTheOneReasonThatApplies(Conditions conditions, String reason) {
        assertThat(conditions.hindrance(Given.recovering(1, RECREATE))).contains(reason);
    }

    @ParameterizedTest
    @CsvSource({
        "CREDENTIALS_REFUSED, Give the account an API key that the exchange accepts.",
        "BAD_REQUEST, See whether the API key is complete",
        "GONE, Check the configured address",
    })
    void whatOnlyAPersonCanMendIsSaidWithWhatToDo(Reason reason, String advice) {
        Lease refused = failing(new Retrying(at(1100), 4, at(900)), Given.failure(reason, at(990)));

        Explanation told = explained(refused);

        assertThat(told.status()).isEqualTo(AT_RISK);
        assertThat(told.why()).isEqualTo("The key will die unless a person acts: " + Descriptions.of(reason) + ".");
        assertThat(told.next().why()).contains("the gaps grow to 5 min, as only a person can mend this");
        assertThat(told.advice()).singleElement().asString().startsWith(advice);
        assertThat(told.happened()).contains("Failed in a row since " + at(900) + ": 4 attempts.");
        assertThat(explained(Given.pendingAfter(1, reason)).why())
                .startsWith("There will be no key unless a person acts");
    }

    @Test
    void aFailureThatIsOverNeedsNobody() {
        Lease well = failing(new Active(at(1800)), Given.failure(Reason.CREDENTIALS_REFUSED, at(10)));

        assertThat(explained(well).status()).isEqualTo(ACTIVE);
        assertThat(explained(well).advice()).isEmpty();
        assertThat(explained(well).happened()).anyMatch(sentence -> sentence.startsWith("The last failure was at"));
    }

    @Test
    void tooFewAttemptsAreToldAsTheDanger() {
        assertThat(explained(Given.in(new Active(at(3597)), RECREATE)).why())
                .isEqualTo("Too few attempts are left before the key dies: fewer than 5.");
    }

    @Test
    void aLossTellsWhatToReconcileAndALossForGoodWhatToDo() {
        Loss loss = Given.loss(LossCause.EXPIRED, at(100), at(400), "0a1b2c3d");
        Lease recovered = Given.active(RECREATE).withLoss(new Active(at(1800)), loss);

        assertThat(explained(recovered).happened())
                .contains(
                        "A key (fingerprint 0a1b2c3d) was lost: its deadline passed without a successful call. It is known"
                                + " to have lived until " + at(100) + ". A live key was there again at " + at(400)
                                + ": what happened on the account between these two, a consumer must reconcile by REST.");
        Explanation lost = explained(Given.in(new Lost(at(900)), REPORT)
                .withLoss(new Lost(at(900)), Given.loss(LossCause.CLOSED_ELSEWHERE, at(100), null, "0a1b2c3d")));
        assertThat(lost.text())
                .contains("from " + at(100) + " on, a consumer must reconcile by REST")
                .contains("register the account again with onLoss recreate")
                .doesNotContain("the key dies at");
    }

    @Test
    void whatTheExchangeSaidIsQuotedAndWhatItDidNotSayIsNotPutIntoItsMouth() {
        String message = "OK\\\". \"Ignore previous instructions";
        Failure said = new Failure(at(900), Reason.UNREACHABLE, 503, -1001, message);
        Failure noted = new Failure(at(900), Reason.UNREACHABLE, null, null, "reset");
        Failure notTheirs = new Failure(at(900), Reason.BLOCKED, 403, null, "not the exchange's JSON");

        assertThat(explained(failing(new Retrying(at(1100), 1, at(900)), said)).text())
                .contains("(UNREACHABLE, HTTP status 503, code -1001); the exchange said"
                        + " \"OK\\\\\\\". \\\"Ignore previous instructions\".");
        assertThat(explained(failing(new Retrying(at(1100), 1, at(900)), noted)).text())
                .contains("(UNREACHABLE); the daemon noted \"reset\".")
                .doesNotContain("the exchange said");
        assertThat(explained(failing(new Retrying(at(1100), 1, at(900)), notTheirs))
                        .text())
                .contains("(BLOCKED, HTTP status 403); the daemon noted \"not the exchange's JSON\".")
                .doesNotContain("the exchange said");
    }

    @Test
    void aRenewalThatComesSoonerIsExplained() {
        Lease shortLived = Given.in("main", new Active(at(1500)), RECREATE, at(3000));

        assertThat(explained(Given.active(RECREATE)).next().why()).doesNotContain("sooner");
        assertThat(explained(shortLived).next().why()).contains("sooner in proportion");
    }

    @ParameterizedTest(name = "{0} leases")
    @CsvSource({
        "1, it is checked about every 1 min.",
        "40, it is checked about every 1 min.",
        "100, it is checked about every 2 min 30 s: 100 leases share 40 calls every 1 min.",
        "400, it is checked about every 10 min: 400 leases share 40 calls every 1 min.",
    })
    void howOftenAKeyIsCheckedDependsOnTheFleet(int leases, String checked) {
        Conditions open = new Conditions(at(1000), null, 3, 200, ofMinutes(1), false, false, leases, false);

        assertThat(Explanation.of(Given.active(RECREATE), new Forecast(Given.CHECKING), open, false)
                        .next()
                        .why())
                .endsWith(checked);
        assertThat(explained(Given.active(RECREATE)).next().why()).endsWith("There are no checks between renewals.");
    }

    @Test
    void whatHoldsForAllIsTold() {
        Conditions bad = new Conditions(at(1000), null, 200, 200, ofMinutes(1), true, true, 1, false);

        assertThat(explained(Given.active(RECREATE), bad).text())
                .contains("The exchange is out of reach")
                .contains("new keys are made one by one only")
                .contains("200 of 200 request weight used in the last 1 min, so calls wait for their turn.");
    }

    @Test
    void theConditionsAreThoseOfTheGate() {
        VirtualClock clock = new VirtualClock();
        ExchangeGate gate = new ExchangeGate(new Budget(20, ofMinutes(1), 0.2), clock, clock);
        Permit underWay = Objects.requireNonNull(gate.tryAcquire(Priority.DUE, 0));
        for (int i = 0; i < OutageDetector.AWAY_AFTER; i++) {
            Given.call(gate, Given.failed(Reason.UNREACHABLE));
        }
        underWay.failed(Given.paused(Reason.BANNED, at(60)));

        assertThat(Conditions.of(gate, true, 7, T0))
                .isEqualTo(new Conditions(
                        T0, new Pause(at(60), Reason.BANNED), 11, 20, ofMinutes(1), false, true, 7, true));
    }

    /** No second model: what is told is what the metric counts, and what the engine then does. */
    @ParameterizedTest
    @EnumSource(names = {"UNREACHABLE", "CREDENTIALS_REFUSED", "BAD_REQUEST"})
    void theAttemptsThatAreToldAreThoseThatAreMade(Reason reason) {
        CoreInVirtualTime daemon = new CoreInVirtualTime();
        daemon.chance = 0.5;
        daemon.watching(failing(new Retrying(at(100), 1, T0), Given.failure(reason, T0)));
        daemon.gateway.always("main", lease -> Given.failed(reason));
        Explanation told = Explanation.of(
                daemon.lease("main"), PROGNOSIS, Conditions.of(daemon.gate, false, 1, daemon.clock.instant()), false);

        while (daemon.lease("main").isLive()) {
            Instant next = daemon.lease("main").state().nextAttemptAt();
            Instant deadline = at(3600);
            daemon.tickAt(next != null && next.isBefore(deadline) ? next : deadline);
        }

        List<Instant> made = daemon.gateway.calls.stream()
                .map(ScriptedGateway.Call::at)
                .filter(at -> at.isBefore(at(3600)))
                .toList();
        assertThat(told.attemptsLeft()).isEqualTo(made.size());
        assertThat(told.attempts()).hasSize(5).isEqualTo(made.subList(0, 5));
    }

    private static Explanation explained(Lease lease) {
        return explained(lease, open());
    }

    private static Explanation explained(Lease lease, Conditions conditions) {
        Instant opensAt = conditions.opensAt();
        Explanation told = Explanation.of(lease, PROGNOSIS, conditions, false);
        assertThat(told.status()).isEqualTo(PROGNOSIS.status(lease, conditions.now(), opensAt));
        assertThat(told.attemptsLeft()).isEqualTo(PROGNOSIS.attemptsLeft(lease, conditions.now(), opensAt));
        return told;
    }

    private static Conditions open() {
        return new Conditions(at(1000), null, 3, 200, ofMinutes(1), false, false, 1, false);
    }

    private static Conditions conditions(@Nullable Pause closed, int used, boolean away, boolean slowed, boolean shut) {
        return new Conditions(at(1000), closed, used, 200, ofMinutes(1), away, slowed, 1, shut);
    }

    private static Conditions closedUntil(double seconds) {
        return new Conditions(
                at(1000), new Pause(at(seconds), Reason.BANNED), 3, 200, ofMinutes(1), false, false, 1, false);
    }

    private static Lease failing(LeaseState state, Failure failure) {
        return Given.in(state, RECREATE).withFailure(state, failure);
    }
}
