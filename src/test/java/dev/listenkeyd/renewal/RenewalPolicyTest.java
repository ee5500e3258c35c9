package dev.listenkeyd.renewal;

import static dev.listenkeyd.lease.Given.POLICY;
import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.OnLoss.RECREATE;
import static dev.listenkeyd.lease.OnLoss.REPORT;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Retrying;
import java.time.Duration;
import java.time.Instant;
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
            return RenewalPolicy.violations(ttl, renewEvery, null, retryMin, retryMax, kept);
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
        assertThat(RenewalPolicy.violations(ttl, renewEvery, null, min, max, kept))
                .isEmpty();
    }

    @Test
    void checksAreNoMoreFrequentThanRetries() {
        assertThat(checking(s(120), s(60)).checkEvery()).isEqualTo(s(120));
        assertThat(checking(s(30), s(60)).checkEvery()).isEqualTo(s(60));
        assertThat(RenewalPolicy.violations(s(3600), s(1800), s(0), s(1), s(60), 5))
                .containsExactly("lease.check-every must be longer than 0");
    }

    private static RenewalPolicy checking(Duration retryMin, Duration every) {
        return new RenewalPolicy(s(3600), s(1800), every, retryMin, s(600), 5);
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
