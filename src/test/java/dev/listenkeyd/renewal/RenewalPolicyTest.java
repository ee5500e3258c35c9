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
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
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
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@NullUnmarked
class RenewalPolicyTest {

    // --- success

    @ParameterizedTest(name = "dice {0}: due {1} min after the send instant")
    @CsvSource({"0, 24", "0.5, 27", "0.9, 29.4"})
    void drawsTheRenewalBetweenFourFifthsAndAllOfRenewEvery(double dice, double minutes) {
        Lease after = POLICY.next(Given.active(RECREATE), new Renewed(at(1800)), at(1804), () -> dice);

        assertThat(after.state().nextAttemptAt()).isCloseTo(at(1800 + minutes * 60), within(1, ChronoUnit.MILLIS));
    }

    @Test
    void neverDrawsARenewalLaterThanRenewEvery() {
        Lease after = POLICY.next(Given.active(RECREATE), new Renewed(at(1800)), at(1804), () -> Math.nextDown(1.0));

        assertThat(after.state().nextAttemptAt()).isBetween(at(3599.999), at(3600));
    }

    @Test
    void countsTheDeadlineFromTheSendInstantNotFromTheReply() {
        Lease after = POLICY.next(Given.retrying(3, RECREATE), new Renewed(at(1810)), at(1814.5), () -> 0);

        assertThat(after.expiresAt()).isEqualTo(at(1810).plus(ofMinutes(60)));
        assertThat(after.key().lastSuccessAt()).isEqualTo(at(1810));
    }

    @Test
    void aBlindRenewalKeepsTheKeyItsConfirmationAndItsGeneration() {
        Lease after = POLICY.next(Given.retrying(3, RECREATE), new Renewed(at(1810)), at(1811), () -> 0);

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

        Lease after = POLICY.next(Given.active(RECREATE), new Confirmed(at(100), OURS, named), at(101), () -> 0);

        assertThat(after.expiresAt()).isEqualTo(at(100 + deadline));
        assertThat(after.state().nextAttemptAt()).isCloseTo(at(100 + next), within(1, ChronoUnit.MILLIS));
    }

    @Test
    void theFirstKeyIsGenerationOneAndNoLoss() {
        Lease after = POLICY.next(Given.pending(RECREATE), new Confirmed(at(1), OURS, null), at(2), () -> 0);

        assertThat(after.generation()).isEqualTo(1);
        assertThat(after.key()).isEqualTo(new ListenKey(OURS, at(1), at(1), at(3601)));
        assertThat(after.lastLoss()).isNull();
    }

    @Test
    void aRenewalWithoutAKnownKeyAsksAgainSoon() {
        Lease after = POLICY.next(Given.adopted(REPORT), new Renewed(at(1)), at(2), () -> 0);

        assertThat(after.state()).isEqualTo(new Pending(at(3), 0, OURS));
        assertThat(after.key()).isNull();
    }

    // --- rotation

    @Test
    void anotherKeyIsARotationThatIsTold() {
        Lease active = Given.active(RECREATE);

        Lease after = POLICY.next(active, new Confirmed(at(1800), OTHER, null), at(1801), () -> 0);

        assertThat(after.generation()).isEqualTo(2);
        assertThat(after.key()).isEqualTo(new ListenKey(OTHER, at(1800), at(1800), at(5400)));
        assertThat(after.lastLoss())
                .isEqualTo(
                        new Loss(2, CLOSED_ELSEWHERE, T0, at(1801), at(1801), OURS.fingerprint(), OTHER.fingerprint()));
    }

    @Test
    void theOldKeyIsKnownToHaveLivedOnlyWhenItWasLastNamed() {
        Lease renewedBlindly = POLICY.next(Given.active(RECREATE), new Renewed(at(1500)), at(1500), () -> 0);

        Lease after = POLICY.next(renewedBlindly, new Confirmed(at(1800), OTHER, null), at(1801), () -> 0);

        assertThat(after.lastLoss().lostAt()).isEqualTo(T0);
    }

    @Test
    void withReportAnotherKeyIsALossAndIsNotTakenOver() {
        Lease after = POLICY.next(Given.active(REPORT), new Confirmed(at(1800), OTHER, null), at(1801), () -> 0);

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
        Lease after = POLICY.next(Given.recovering(2, onLoss), new Confirmed(at(3700), OURS, null), at(3701), () -> 0);

        assertThat(after.generation()).isEqualTo(1);
        assertThat(after.expiresAt()).isEqualTo(at(7300));
        assertThat(after.lastLoss())
                .isEqualTo(Given.recovering(2, onLoss).lastLoss().recovered(at(3701), OURS));
    }

    @Test
    void anotherKeyAfterALossEndsThatLossAndStartsNoSecondOne() {
        Lease after =
                POLICY.next(Given.recovering(2, RECREATE), new Confirmed(at(3700), OTHER, null), at(3701), () -> 0);

        assertThat(after.generation()).isEqualTo(2);
        assertThat(after.lastLoss())
                .isEqualTo(Given.recovering(2, RECREATE).lastLoss().recovered(at(3701), OTHER));
    }

    @Test
    void aLossIsRecoveredOnce() {
        Lease recovered =
                POLICY.next(Given.recovering(2, RECREATE), new Confirmed(at(3700), OTHER, null), at(3701), () -> 0);

        Lease after = POLICY.next(recovered, new Renewed(at(5000)), at(5001), () -> 0);

        assertThat(after.lastLoss().recoveredAt()).isEqualTo(at(3701));
    }

    // --- adopted keys

    @ParameterizedTest
    @EnumSource(OnLoss.class)
    void anAdoptedKeyThatIsActiveStaysGenerationOne(OnLoss onLoss) {
        Lease after = POLICY.next(Given.adopted(onLoss), new Confirmed(at(1), OURS, null), at(2), () -> 0);

        assertThat(after.generation()).isEqualTo(1);
        assertThat(after.state()).isInstanceOf(Active.class);
        assertThat(after.lastLoss()).isNull();
    }

    @Test
    void anotherActiveKeyReplacesAnAdoptedOne() {
        Lease after = POLICY.next(Given.adopted(RECREATE), new Confirmed(at(1), OTHER, null), at(2), () -> 0);

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
        Lease after = POLICY.next(Given.adopted(REPORT), new Confirmed(at(1), OTHER, null), at(2), () -> 0);

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
        Lease report = POLICY.next(Given.adopted(REPORT), failed(Reason.NO_ACTIVE_KEY), at(2), () -> 0);
        Lease recreate = POLICY.next(Given.adopted(RECREATE), failed(Reason.NO_ACTIVE_KEY), at(2), () -> 0);

        assertThat(report.state()).isEqualTo(new Lost(at(2)));
        assertThat(recreate.state()).isEqualTo(new Recovering(at(3), 0, at(2)));
        assertThat(List.of(report, recreate))
                .allMatch(lease -> lease.lastLoss().cause() == CLOSED_ELSEWHERE)
                .allMatch(lease -> lease.lastFailure().reason() == Reason.NO_ACTIVE_KEY);
    }

    @Test
    void anAdoptedKeyIsRememberedThroughFailures() {
        Lease after = POLICY.next(Given.adopted(REPORT), failed(Reason.UNREACHABLE), at(2), () -> 0);

        assertThat(after.state()).isEqualTo(new Pending(at(3), 1, OURS));
    }

    // --- failures

    @ParameterizedTest
    @EnumSource(value = Reason.class, mode = EnumSource.Mode.EXCLUDE, names = "NO_ACTIVE_KEY")
    void noFailureButADeadKeyDiscardsAValidLease(Reason reason) {
        Lease active = Given.active(RECREATE);

        Lease after = POLICY.next(active, failed(reason), at(1800), () -> 0);

        assertThat(after.key()).isEqualTo(active.key());
        assertThat(after.expiresAt()).isEqualTo(at(3600));
        assertThat(after.generation()).isEqualTo(1);
        assertThat(after.lastLoss()).isNull();
        assertThat(after.lastFailure().reason()).isEqualTo(reason);
        assertThat(after.state()).isInstanceOf(Retrying.class);
    }

    @Test
    void failuresInARowAreCountedFromTheFirst() {
        Lease first = POLICY.next(Given.active(RECREATE), failed(Reason.UNREACHABLE), at(1800), () -> 0);

        Lease second = POLICY.next(first, failed(Reason.GARBLED), at(1801), () -> 0);

        assertThat(first.state()).isEqualTo(new Retrying(at(1801), 1, at(1800)));
        assertThat(second.state()).isEqualTo(new Retrying(at(1803), 2, at(1800)));
    }

    @Test
    void aPauseOfTheWholeIpIsAFailureOfTheLeaseToo() {
        Paused paused = Given.paused(Reason.THROTTLED, at(1860));

        Lease after = POLICY.next(Given.active(RECREATE), paused, at(1800), () -> 0);

        assertThat(after.state()).isEqualTo(new Retrying(at(1801), 1, at(1800)));
    }

    @ParameterizedTest(name = "{0}: next attempt {1} s later")
    @CsvSource({"CREDENTIALS_REFUSED, 150", "BAD_REQUEST, 150", "GONE, 150", "UNREACHABLE, 1", "GARBLED, 1"})
    void whatOnlyAPersonCanMendIsRetriedSlowly(Reason reason, double seconds) {
        Lease after = POLICY.next(Given.active(RECREATE), failed(reason), at(1800), () -> 0);

        assertThat(after.state().nextAttemptAt()).isEqualTo(at(1800 + seconds));
    }

    @Test
    void aNewLeaseStaysPendingThroughFailures() {
        Lease after = POLICY.next(Given.pending(RECREATE), failed(Reason.CREDENTIALS_REFUSED), at(1), () -> 0);

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
        Lease after = POLICY.next(Given.retrying(4, onLoss), failed(reason), at(now), () -> 0);

        assertThat(after.state().getClass().getSimpleName()).isEqualTo(state);
        assertThat(after.lastLoss() == null ? null : after.lastLoss().cause()).isEqualTo(cause);
        assertThat(after.lastFailure().reason()).isEqualTo(reason);
        assertThat(after.generation()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(OnLoss.class)
    void aSilentDeadlineIsALossThatIsLookedIntoSoon(OnLoss onLoss) {
        Lease after = POLICY.expired(Given.retrying(4, onLoss), at(3600));

        assertThat(after.state()).isEqualTo(new Recovering(at(3601), 0, at(3600)));
        assertThat(after.lastLoss()).isEqualTo(new Loss(2, EXPIRED, T0, at(3600), null, OURS.fingerprint(), null));
        assertThat(after.expiresAt()).isNull();
    }

    @Test
    void recoveryBacksOffOnItsOwn() {
        Lease after = POLICY.next(Given.recovering(4, RECREATE), failed(Reason.UNREACHABLE), at(3700), () -> 0);

        assertThat(after.state()).isEqualTo(new Recovering(at(3716), 5, at(3600)));
    }

    @Test
    void withReportADeadKeyEndsTheRecovery() {
        Lease after = POLICY.next(Given.recovering(4, REPORT), failed(Reason.NO_ACTIVE_KEY), at(3700), () -> 0);

        assertThat(after.state()).isEqualTo(new Lost(at(3600)));
        assertThat(after.state().nextAttemptAt()).isNull();
    }

    @Test
    void withRecreateADeadKeyDoesNotEndTheRecovery() {
        Lease after = POLICY.next(Given.recovering(4, RECREATE), failed(Reason.NO_ACTIVE_KEY), at(3700), () -> 0);

        assertThat(after.state()).isInstanceOf(Recovering.class);
    }

    @Test
    void aLeaseThatIsLostForGoodStaysSo() {
        Lease after = POLICY.next(Given.lost(REPORT), failed(Reason.UNREACHABLE), at(3700), () -> 0);

        assertThat(after.state()).isEqualTo(new Lost(at(3600)));
        assertThat(after.lastFailure().reason()).isEqualTo(Reason.UNREACHABLE);
    }

    @Test
    void aLostLeaseThatMayBeMadeAnewAfterAllIsTriedAgain() {
        Lease after = POLICY.next(Given.lost(RECREATE), failed(Reason.UNREACHABLE), at(3700), () -> 0);

        assertThat(after.state().nextAttemptAt()).isNotNull();
    }

    // --- the exchange has come back

    @Test
    void whatWaitsAfterAFailureIsTriedAtOnceWhenTheExchangeIsBack() {
        Lease waiting = retryingAfter(Reason.UNREACHABLE, at(1800));

        assertThat(POLICY.retryAfterReturn(waiting, at(1810))).isEqualTo(at(1810));
        assertThat(POLICY.retryAfterReturn(waiting, at(1800.4))).isEqualTo(at(1801));
    }

    @ParameterizedTest
    @EnumSource(
            value = Reason.class,
            names = {"CREDENTIALS_REFUSED", "THROTTLED", "BUDGET", "GONE"})
    void whatWaitsForSomethingElseGoesOnWaiting(Reason reason) {
        assertThat(POLICY.retryAfterReturn(retryingAfter(reason, at(1800)), at(1810)))
                .isNull();
    }

    @Test
    void whatIsDueAnywayOrHasNotFailedIsLeftAlone() {
        assertThat(POLICY.retryAfterReturn(retryingAfter(Reason.UNREACHABLE, at(1800)), at(1860)))
                .isNull();
        assertThat(POLICY.retryAfterReturn(Given.active(RECREATE), at(10))).isNull();
        assertThat(POLICY.retryAfterReturn(Given.lost(REPORT), at(3700))).isNull();
    }

    private static Lease retryingAfter(Reason reason, Instant failedAt) {
        Lease lease = Given.active(RECREATE);
        return lease.withFailure(new Retrying(failedAt.plusSeconds(60), 9, at(1700)), Given.failure(reason, failedAt));
    }

    // --- its own numbers

    record Numbers(
            Duration ttl, Duration renewEvery, Duration retryMin, Duration retryMax, int kept, List<String> wrong) {
        List<String> violations() {
            return RenewalPolicy.violations(ttl, renewEvery, renewEvery, retryMin, retryMax, kept);
        }
    }

    static Stream<Numbers> wrongNumbers() {
        return Stream.of(
                new Numbers(s(2), s(1), s(1), s(1), 1, List.of("lease.ttl must be longer")),
                new Numbers(s(60), s(0), s(1), s(2), 5, List.of("lease.renew-every must be longer")),
                new Numbers(s(60), s(-1), s(1), s(2), 5, List.of("lease.renew-every must be longer")),
                new Numbers(s(60), s(60), s(1), s(2), 5, List.of("lease.renew-every must be shorter")),
                new Numbers(s(60), s(30), s(0), s(2), 5, List.of("lease.retry-min must be longer")),
                new Numbers(s(60), s(30), s(3), s(2), 5, List.of("lease.retry-min must not exceed")),
                new Numbers(s(60), s(30), s(1), s(2), 0, List.of("lease.attempts-kept must be from 1 to 100")),
                new Numbers(
                        s(60),
                        s(30),
                        ofSeconds(1).dividedBy(10),
                        s(2),
                        101,
                        List.of("lease.attempts-kept must be from 1")),
                new Numbers(s(60), s(56), s(1), s(2), 5, List.of("lease.attempts-kept attempts")),
                new Numbers(
                        s(1),
                        s(-1),
                        s(0),
                        s(-1),
                        0,
                        List.of(
                                "lease.ttl must be longer",
                                "lease.renew-every must be longer",
                                "lease.retry-min must be longer",
                                "lease.retry-min must not exceed",
                                "lease.attempts-kept must be from")));
    }

    @ParameterizedTest
    @MethodSource("wrongNumbers")
    void everyWrongRelationIsNamed(Numbers numbers) {
        List<String> wrong = numbers.violations();

        assertThat(wrong).hasSize(numbers.wrong().size());
        for (int i = 0; i < wrong.size(); i++) {
            assertThat(wrong.get(i)).startsWith(numbers.wrong().get(i));
        }
    }

    @ParameterizedTest(name = "{0} {1} {2} {3} {4}")
    @CsvSource({
        "PT60M, PT30M, PT1S, PT60S, 5",
        "PT60S, PT55S, PT1S, PT1S, 5",
        "PT60S, PT30S, PT0.3S, PT2S, 100",
        "PT2.001S, PT1S, PT1S, PT1S, 1",
    })
    void soundNumbersViolateNothing(Duration ttl, Duration renewEvery, Duration min, Duration max, int kept) {
        assertThat(RenewalPolicy.violations(ttl, renewEvery, renewEvery, min, max, kept))
                .isEmpty();
    }

    @ParameterizedTest(name = "{0} s: sound {1}")
    @CsvSource({"0.999, false", "1, true", "1800, true", "1800.001, false", "0, false", "-5, false"})
    void theEarliestRenewalLiesBetweenARetryAndTheLatest(double earliest, boolean sound) {
        List<String> wrong = RenewalPolicy.violations(
                s(3600), s(1800), Duration.ofMillis(Math.round(earliest * 1000)), s(1), s(60), 5);

        assertThat(wrong).hasSize(sound ? 0 : 1).allMatch(sentence -> sentence.startsWith("lease.renew-earliest must"));
    }

    @Test
    void anUnsoundPolicyCannotExist() {
        assertThatThrownBy(() -> new RenewalPolicy(s(60), s(60), s(60), s(3), s(2), 5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("renew-every must be shorter")
                .hasMessageContaining("retry-min must not exceed");
    }

    private static Duration s(long seconds) {
        return ofSeconds(seconds);
    }
}
