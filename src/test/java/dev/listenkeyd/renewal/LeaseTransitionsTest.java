package dev.listenkeyd.renewal;

import static dev.listenkeyd.lease.Given.OTHER;
import static dev.listenkeyd.lease.Given.OURS;
import static dev.listenkeyd.lease.Given.POLICY;
import static dev.listenkeyd.lease.Given.T0;
import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.Given.failed;
import static dev.listenkeyd.lease.LossCause.CLOSED_ELSEWHERE;
import static dev.listenkeyd.lease.LossCause.EXPIRED;
import static dev.listenkeyd.lease.OnLoss.RECREATE;
import static dev.listenkeyd.lease.OnLoss.REPORT;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseState.Lost;
import dev.listenkeyd.lease.LeaseState.Pending;
import dev.listenkeyd.lease.LeaseState.Recovering;
import dev.listenkeyd.lease.LeaseState.Retrying;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.Loss;
import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.RenewalOutcome.Confirmed;
import dev.listenkeyd.lease.RenewalOutcome.Paused;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@NullUnmarked
class LeaseTransitionsTest {
    private static final LeaseTransitions TRANSITIONS = new LeaseTransitions(POLICY);

    // --- success

    @ParameterizedTest(name = "dice {0}: due {1} min after the send instant")
    @CsvSource({"0, 24", "0.5, 27", "0.9, 29.4"})
    void drawsTheRenewalBetweenFourFifthsAndAllOfRenewEvery(double dice, double minutes) {
        Lease after = TRANSITIONS.next(Given.active(RECREATE), new Renewed(at(1800)), at(1804), () -> dice);

        assertThat(after.state().nextAttemptAt()).isCloseTo(at(1800 + minutes * 60), within(1, ChronoUnit.MILLIS));
    }

    @Test
    void neverDrawsARenewalLaterThanRenewEvery() {
        Lease after =
                TRANSITIONS.next(Given.active(RECREATE), new Renewed(at(1800)), at(1804), () -> Math.nextDown(1.0));

        assertThat(after.state().nextAttemptAt()).isBetween(at(3599.999), at(3600));
    }

    @Test
    void countsTheDeadlineFromTheSendInstantNotFromTheReply() {
        Lease after = TRANSITIONS.next(Given.retrying(3, RECREATE), new Renewed(at(1810)), at(1814.5), () -> 0);

        assertThat(after.expiresAt()).isEqualTo(at(1810).plus(ofMinutes(60)));
        assertThat(after.key().lastSuccessAt()).isEqualTo(at(1810));
    }

    @Test
    void aBlindRenewalKeepsTheKeyItsConfirmationAndItsGeneration() {
        Lease after = TRANSITIONS.next(Given.retrying(3, RECREATE), new Renewed(at(1810)), at(1811), () -> 0);

        assertThat(after.key().value()).isEqualTo(OURS);
        assertThat(after.key().confirmedAt()).isEqualTo(T0);
        assertThat(after.generation()).isEqualTo(1);
        assertThat(after.state()).isInstanceOf(Active.class);
        assertThat(after.state().failures()).isZero();
    }

    @ParameterizedTest(name = "expiration {0} s after sending: deadline {1} s, next attempt {2} s")
    @CsvSource({
        "1800, 1800, 720",
        "3599.999, 3599.999, 1440",
        "3600, 3600, 1440",
        "3660, 3600, 1440",
        "86400, 3600, 1440",
        "10, 10, 4",
        "1, 1, 1",
        "0.001, 0.001, 1",
        "0, 3600, 1440",
        "-0.001, 3600, 1440",
        "-3600, 3600, 1440",
        ", 3600, 1440",
    })
    void takesTheExchangesDeadlineOnlyWhenItIsEarlierAndAhead(Double expiration, double deadline, double next) {
        Instant named = expiration == null ? null : at(100 + expiration);

        Lease after = TRANSITIONS.next(Given.active(RECREATE), new Confirmed(at(100), OURS, named), at(101), () -> 0);

        assertThat(after.expiresAt()).isEqualTo(at(100 + deadline));
        assertThat(after.state().nextAttemptAt()).isCloseTo(at(100 + next), within(1, ChronoUnit.MILLIS));
    }

    @Test
    void theFirstKeyIsGenerationOneAndNoLoss() {
        Lease after = TRANSITIONS.next(Given.pending(RECREATE), new Confirmed(at(1), OURS, null), at(2), () -> 0);

        assertThat(after.generation()).isEqualTo(1);
        assertThat(after.key()).isEqualTo(new ListenKey(OURS, at(1), at(1), at(3601)));
        assertThat(after.lastLoss()).isNull();
    }

    @Test
    void aRenewalWithoutAKnownKeyAsksAgainSoon() {
        Lease after = TRANSITIONS.next(Given.adopted(REPORT), new Renewed(at(1)), at(2), () -> 0);

        assertThat(after.state()).isEqualTo(new Pending(at(3), 0, OURS));
        assertThat(after.key()).isNull();
    }

    // --- rotation

    @Test
    void anotherKeyIsARotationThatIsTold() {
        Lease active = Given.active(RECREATE);

        Lease after = TRANSITIONS.next(active, new Confirmed(at(1800), OTHER, null), at(1801), () -> 0);

        assertThat(after.generation()).isEqualTo(2);
        assertThat(after.key()).isEqualTo(new ListenKey(OTHER, at(1800), at(1800), at(5400)));
        assertThat(after.lastLoss())
                .isEqualTo(
                        new Loss(2, CLOSED_ELSEWHERE, T0, at(1801), at(1801), OURS.fingerprint(), OTHER.fingerprint()));
    }

    @Test
    void theOldKeyIsKnownToHaveLivedOnlyWhenItWasLastNamed() {
        Lease renewedBlindly = TRANSITIONS.next(Given.active(RECREATE), new Renewed(at(1500)), at(1500), () -> 0);

        Lease after = TRANSITIONS.next(renewedBlindly, new Confirmed(at(1800), OTHER, null), at(1801), () -> 0);

        assertThat(after.lastLoss().lostAt()).isEqualTo(T0);
    }

    @Test
    void withReportAnotherKeyIsALossAndIsNotTakenOver() {
        Lease after = TRANSITIONS.next(Given.active(REPORT), new Confirmed(at(1800), OTHER, null), at(1801), () -> 0);

        assertThat(after.state()).isEqualTo(new Lost(at(1801)));
        assertThat(after.generation()).isEqualTo(1);
        assertThat(after.key().value()).isEqualTo(OURS);
        assertThat(after.expiresAt()).isNull();
        assertThat(after.lastLoss())
                .isEqualTo(new Loss(2, CLOSED_ELSEWHERE, T0, at(1801), null, OURS.fingerprint(), null));
    }

    @ParameterizedTest
    @EnumSource(OnLoss.class)
    void theSameKeyAfterAPresumedLossKeepsItsGeneration(OnLoss onLoss) {
        Lease after =
                TRANSITIONS.next(Given.recovering(2, onLoss), new Confirmed(at(3700), OURS, null), at(3701), () -> 0);

        assertThat(after.generation()).isEqualTo(1);
        assertThat(after.expiresAt()).isEqualTo(at(7300));
        assertThat(after.lastLoss())
                .isEqualTo(Given.recovering(2, onLoss).lastLoss().recovered(at(3701), OURS));
    }

    @Test
    void anotherKeyAfterALossEndsThatLossAndStartsNoSecondOne() {
        Lease after = TRANSITIONS.next(
                Given.recovering(2, RECREATE), new Confirmed(at(3700), OTHER, null), at(3701), () -> 0);

        assertThat(after.generation()).isEqualTo(2);
        assertThat(after.lastLoss())
                .isEqualTo(Given.recovering(2, RECREATE).lastLoss().recovered(at(3701), OTHER));
    }

    @Test
    void aLossIsRecoveredOnce() {
        Lease recovered = TRANSITIONS.next(
                Given.recovering(2, RECREATE), new Confirmed(at(3700), OTHER, null), at(3701), () -> 0);

        Lease after = TRANSITIONS.next(recovered, new Renewed(at(5000)), at(5001), () -> 0);

        assertThat(after.lastLoss().recoveredAt()).isEqualTo(at(3701));
    }

    // --- adopted keys

    @ParameterizedTest
    @EnumSource(OnLoss.class)
    void anAdoptedKeyThatIsActiveStaysGenerationOne(OnLoss onLoss) {
        Lease after = TRANSITIONS.next(Given.adopted(onLoss), new Confirmed(at(1), OURS, null), at(2), () -> 0);

        assertThat(after.generation()).isEqualTo(1);
        assertThat(after.state()).isInstanceOf(Active.class);
        assertThat(after.lastLoss()).isNull();
    }

    @Test
    void anotherActiveKeyReplacesAnAdoptedOne() {
        Lease after = TRANSITIONS.next(Given.adopted(RECREATE), new Confirmed(at(1), OTHER, null), at(2), () -> 0);

        assertThat(after.generation()).isEqualTo(2);
        assertThat(after.key().value()).isEqualTo(OTHER);
        assertThat(after.lastLoss())
                .isEqualTo(new Loss(
                        Given.adopted(RECREATE).version() + 1,
                        CLOSED_ELSEWHERE,
                        T0,
                        at(2),
                        at(2),
                        OURS.fingerprint(),
                        OTHER.fingerprint()));
    }

    @Test
    void withReportAnotherActiveKeyMeansTheAdoptedOneIsLost() {
        Lease after = TRANSITIONS.next(Given.adopted(REPORT), new Confirmed(at(1), OTHER, null), at(2), () -> 0);

        assertThat(after.state()).isEqualTo(new Lost(at(2)));
        assertThat(after.generation()).isEqualTo(1);
        assertThat(after.key()).isNull();
        assertThat(after.lastLoss())
                .isEqualTo(new Loss(
                        Given.adopted(REPORT).version() + 1,
                        CLOSED_ELSEWHERE,
                        T0,
                        at(2),
                        null,
                        OURS.fingerprint(),
                        null));
    }

    @Test
    void anAdoptedKeyThatIsGoneIsLostAndMadeAnewOnlyWhenAllowed() {
        Lease report = TRANSITIONS.next(Given.adopted(REPORT), failed(Reason.NO_ACTIVE_KEY), at(2), () -> 0);
        Lease recreate = TRANSITIONS.next(Given.adopted(RECREATE), failed(Reason.NO_ACTIVE_KEY), at(2), () -> 0);

        assertThat(report.state()).isEqualTo(new Lost(at(2)));
        assertThat(recreate.state()).isEqualTo(new Recovering(at(3), 0, at(2)));
        assertThat(List.of(report, recreate))
                .allMatch(lease -> lease.lastLoss().cause() == CLOSED_ELSEWHERE)
                .allMatch(lease -> lease.lastFailure().reason() == Reason.NO_ACTIVE_KEY);
    }

    @Test
    void anAdoptedKeyIsRememberedThroughFailures() {
        Lease after = TRANSITIONS.next(Given.adopted(REPORT), failed(Reason.UNREACHABLE), at(2), () -> 0);

        assertThat(after.state()).isEqualTo(new Pending(at(3), 1, OURS));
    }

    // --- failures

    @ParameterizedTest
    @EnumSource(value = Reason.class, mode = EnumSource.Mode.EXCLUDE, names = "NO_ACTIVE_KEY")
    void noFailureButADeadKeyDiscardsAValidLease(Reason reason) {
        Lease active = Given.active(RECREATE);

        Lease after = TRANSITIONS.next(active, failed(reason), at(1800), () -> 0);

        assertThat(after.key()).isEqualTo(active.key());
        assertThat(after.expiresAt()).isEqualTo(at(3600));
        assertThat(after.generation()).isEqualTo(1);
        assertThat(after.lastLoss()).isNull();
        assertThat(after.lastFailure().reason()).isEqualTo(reason);
        assertThat(after.state()).isInstanceOf(Retrying.class);
    }

    @Test
    void failuresInARowAreCountedFromTheFirst() {
        Lease first = TRANSITIONS.next(Given.active(RECREATE), failed(Reason.UNREACHABLE), at(1800), () -> 0);

        Lease second = TRANSITIONS.next(first, failed(Reason.GARBLED), at(1801), () -> 0);

        assertThat(first.state()).isEqualTo(new Retrying(at(1801), 1, at(1800)));
        assertThat(second.state()).isEqualTo(new Retrying(at(1803), 2, at(1800)));
    }

    @Test
    void aPauseOfTheWholeIpIsAFailureOfTheLeaseToo() {
        Paused paused = Given.paused(Reason.THROTTLED, at(1860));

        Lease after = TRANSITIONS.next(Given.active(RECREATE), paused, at(1800), () -> 0);

        assertThat(after.state()).isEqualTo(new Retrying(at(1801), 1, at(1800)));
    }

    @ParameterizedTest(name = "{0}: next attempt {1} s later")
    @CsvSource({"CREDENTIALS_REFUSED, 150", "BAD_REQUEST, 150", "GONE, 150", "UNREACHABLE, 1", "GARBLED, 1"})
    void whatOnlyAPersonCanMendIsRetriedSlowly(Reason reason, double seconds) {
        Lease after = TRANSITIONS.next(Given.active(RECREATE), failed(reason), at(1800), () -> 0);

        assertThat(after.state().nextAttemptAt()).isEqualTo(at(1800 + seconds));
    }

    @Test
    void aNewLeaseStaysPendingThroughFailures() {
        Lease after = TRANSITIONS.next(Given.pending(RECREATE), failed(Reason.CREDENTIALS_REFUSED), at(1), () -> 0);

        assertThat(after.state()).isEqualTo(new Pending(at(151), 1, null));
        assertThat(after.generation()).isZero();
    }

    // --- loss

    @ParameterizedTest(name = "{0} at {1} s with {2}: {3}")
    @CsvSource({
        "NO_ACTIVE_KEY, 1800, RECREATE, CLOSED_ELSEWHERE, Recovering",
        "NO_ACTIVE_KEY, 1800, REPORT, CLOSED_ELSEWHERE, Lost",
        "NO_ACTIVE_KEY, 3599.999, RECREATE, CLOSED_ELSEWHERE, Recovering",
        "NO_ACTIVE_KEY, 3599.999, REPORT, CLOSED_ELSEWHERE, Lost",
        "NO_ACTIVE_KEY, 3600, RECREATE, EXPIRED, Recovering",
        "NO_ACTIVE_KEY, 3600, REPORT, EXPIRED, Lost",
        "NO_ACTIVE_KEY, 3700, REPORT, EXPIRED, Lost",
        "UNREACHABLE, 3599.999, RECREATE, , Retrying",
        "UNREACHABLE, 3599.999, REPORT, , Retrying",
        "UNREACHABLE, 3600, RECREATE, EXPIRED, Recovering",
        "UNREACHABLE, 3600, REPORT, EXPIRED, Recovering",
        "CREDENTIALS_REFUSED, 3600, RECREATE, EXPIRED, Recovering",
    })
    void theDeadlineDividesClosedElsewhereFromExpired(
            Reason reason, double now, OnLoss onLoss, LossCause cause, String state) {
        Lease after = TRANSITIONS.next(Given.retrying(4, onLoss), failed(reason), at(now), () -> 0);

        assertThat(after.state().getClass().getSimpleName()).isEqualTo(state);
        assertThat(after.lastLoss() == null ? null : after.lastLoss().cause()).isEqualTo(cause);
        assertThat(after.lastFailure().reason()).isEqualTo(reason);
        assertThat(after.generation()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(OnLoss.class)
    void aSilentDeadlineIsALossThatIsLookedIntoSoon(OnLoss onLoss) {
        Lease after = TRANSITIONS.expired(Given.retrying(4, onLoss), at(3600));

        assertThat(after.state()).isEqualTo(new Recovering(at(3601), 0, at(3600)));
        assertThat(after.lastLoss()).isEqualTo(new Loss(2, EXPIRED, T0, at(3600), null, OURS.fingerprint(), null));
        assertThat(after.expiresAt()).isNull();
    }

    @Test
    void recoveryBacksOffOnItsOwn() {
        Lease after = TRANSITIONS.next(Given.recovering(4, RECREATE), failed(Reason.UNREACHABLE), at(3700), () -> 0);

        assertThat(after.state()).isEqualTo(new Recovering(at(3716), 5, at(3600)));
    }

    @Test
    void withReportADeadKeyEndsTheRecovery() {
        Lease after = TRANSITIONS.next(Given.recovering(4, REPORT), failed(Reason.NO_ACTIVE_KEY), at(3700), () -> 0);

        assertThat(after.state()).isEqualTo(new Lost(at(3600)));
        assertThat(after.state().nextAttemptAt()).isNull();
    }

    @Test
    void withRecreateADeadKeyDoesNotEndTheRecovery() {
        Lease after = TRANSITIONS.next(Given.recovering(4, RECREATE), failed(Reason.NO_ACTIVE_KEY), at(3700), () -> 0);

        assertThat(after.state()).isInstanceOf(Recovering.class);
    }

    @Test
    void aLeaseThatIsLostForGoodStaysSo() {
        Lease after = TRANSITIONS.next(Given.lost(REPORT), failed(Reason.UNREACHABLE), at(3700), () -> 0);

        assertThat(after.state()).isEqualTo(new Lost(at(3600)));
        assertThat(after.lastFailure().reason()).isEqualTo(Reason.UNREACHABLE);
    }

    @Test
    void aLostLeaseThatMayBeMadeAnewAfterAllIsTriedAgain() {
        Lease after = TRANSITIONS.next(Given.lost(RECREATE), failed(Reason.UNREACHABLE), at(3700), () -> 0);

        assertThat(after.state().nextAttemptAt()).isNotNull();
    }
}
