package dev.listenkeyd.renewal;

import static dev.listenkeyd.lease.Failure.Reason.BAD_REQUEST;
import static dev.listenkeyd.lease.Failure.Reason.CREDENTIALS_REFUSED;
import static dev.listenkeyd.lease.Failure.Reason.UNREACHABLE;
import static dev.listenkeyd.lease.Given.T0;
import static dev.listenkeyd.lease.Given.at;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.Failure.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BackoffTest {
    private static final double ALMOST_ONE = Math.nextDown(1.0);

    private final Backoff backoff = new Backoff(ofSeconds(1), ofSeconds(60), 5);

    @ParameterizedTest(name = "after {0} failures and chance {1}: {2}")
    @CsvSource({
        "1, 0, PT1S",
        "1, 0.5, PT1.5S",
        "2, 0, PT2S",
        "3, 0, PT4S",
        "4, 0, PT8S",
        "5, 0, PT16S",
        "5, 0.5, PT24S",
        "6, 0, PT30S",
        "6, 0.5, PT45S",
        "29, 0, PT30S",
        "30, 0, PT30S",
        "2147483647, 0, PT30S",
    })
    void doublesWithJitterUpToRetryMaxWhenThereIsNoDeadline(int failures, double chance, Duration expected) {
        Duration gap = backoff.gap(failures, UNREACHABLE, T0, null, chance);

        assertThat(gap).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 6, 100})
    void neverExceedsRetryMax(int failures) {
        Duration gap = backoff.gap(failures, UNREACHABLE, T0, null, ALMOST_ONE);

        assertThat(gap).isLessThanOrEqualTo(ofSeconds(60));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 6, 31})
    void staysAtRetryMinWhenRetryMaxIsTheSame(int failures) {
        Backoff flat = new Backoff(ofSeconds(7), ofSeconds(7), 5);

        assertThat(flat.gap(failures, UNREACHABLE, T0, null, 0)).isEqualTo(ofSeconds(7));
    }

    @ParameterizedTest(name = "{0} s before the deadline: {1}")
    @CsvSource({
        "3600, PT30S",
        "152, PT30S",
        "151.5, PT29.9S",
        "102, PT20S",
        "12, PT2S",
        "7, PT1S",
        "6, PT1S",
        "4, PT1S",
        "3.9, PT1.9S",
        "3.001, PT1.001S",
        "3, PT1S",
        "2.999, PT1S",
        "2, PT1S",
        "1, PT1S",
        "0, PT1S",
        "-10, PT1S",
    })
    void shrinksBeforeTheDeadlineButNeverUnderRetryMin(double left, Duration expected) {
        Duration gap = backoff.gap(10, UNREACHABLE, T0, at(left), 0);

        assertThat(gap).isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0}, {1} s left: {2}")
    @CsvSource({
        "CREDENTIALS_REFUSED, 3600, PT150S",
        "CREDENTIALS_REFUSED, 302, PT150S",
        "CREDENTIALS_REFUSED, 62, PT30S",
        "CREDENTIALS_REFUSED, 3.5, PT1.5S",
        "BAD_REQUEST, 3600, PT150S",
        "BAD_REQUEST, 152, PT150S",
        "BAD_REQUEST, 62, PT60S",
        "GONE, 62, PT60S",
        "GONE, 2, PT1S",
    })
    void isSlowWhenOnlyAPersonCanHelpButLeavesALastCall(Reason reason, double left, Duration expected) {
        Duration gap = backoff.gap(1, reason, T0, at(left), 0);

        assertThat(gap).isEqualTo(expected);
    }

    @Test
    void isSlowerStillWhenRetryMaxIs() {
        Backoff patient = new Backoff(ofSeconds(1), ofMinutes(20), 5);

        assertThat(patient.gap(1, CREDENTIALS_REFUSED, T0, null, 0)).isEqualTo(ofMinutes(10));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void anyRowOfFailuresKeepsItsAttemptsAndEndsWithTheLastCall(long seed) {
        Random dice = new Random(seed);
        for (int row = 0; row < 500; row++) {
            Instant deadline = at(3 + dice.nextInt(3600) + dice.nextDouble());

            List<Instant> attempts = rowOfFailures(deadline, dice);

            assertThat(attempts).as("seed %d, deadline %s", seed, deadline).contains(deadline.minus(Backoff.LAST_CALL));
            assertGapsKeepAttempts(attempts, deadline);
        }
    }

    @Test
    void aMalformedRequestIsNotRepeatedInHaste() {
        List<Instant> attempts = new ArrayList<>();
        Instant deadline = at(1800);
        for (Instant now = T0; now.isBefore(deadline); ) {
            attempts.add(now);
            now = now.plus(backoff.gap(attempts.size(), BAD_REQUEST, now, deadline, 0.5));
        }

        assertThat(attempts).hasSizeLessThan(12).contains(deadline.minus(Backoff.LAST_CALL));
    }

    private List<Instant> rowOfFailures(Instant deadline, Random dice) {
        List<Instant> attempts = new ArrayList<>();
        for (Instant now = T0; now.isBefore(deadline); ) {
            attempts.add(now);
            now = now.plus(backoff.gap(attempts.size(), UNREACHABLE, now, deadline, dice.nextDouble()));
        }
        return attempts;
    }

    private static void assertGapsKeepAttempts(List<Instant> attempts, Instant deadline) {
        for (int i = 1; i < attempts.size(); i++) {
            Duration gap = Duration.between(attempts.get(i - 1), attempts.get(i));
            Duration left = Duration.between(attempts.get(i - 1), deadline.minus(Backoff.LAST_CALL));
            assertThat(gap).isGreaterThanOrEqualTo(ofSeconds(1));
            if (left.compareTo(ofSeconds(5)) >= 0) {
                assertThat(gap.multipliedBy(5)).isLessThanOrEqualTo(left);
            }
        }
    }
}
