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
import static dev.listenkeyd.lease.Given.failure;
import static dev.listenkeyd.lease.OnLoss.RECREATE;
import static dev.listenkeyd.lease.OnLoss.REPORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseState.Retrying;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ForecastTest {
    private final Forecast forecast = new Forecast(POLICY);

    /** The deadline is at 3600 s. By hand, with chance 0.5: 3590, 3591.5, 3592.8, 3593.84 ... 3596.84, 3598, 3599. */
    @ParameterizedTest(name = "next at {0} s, now {1} s, gate opens at {2} s: {3} left")
    @CsvSource({
        "3590, 1000, 0, 9",
        "3597, 1000, 0, 3",
        "3598, 1000, 0, 2",
        "3599, 1000, 0, 1",
        "3599.999, 1000, 0, 1",
        "3600, 1000, 0, 0",
        "3610, 1000, 0, 0",
        "1800, 3598, 0, 2",
        "1800, 3600, 0, 0",
        "1800, 1000, 3597, 3",
        "3598, 1000, 3597, 2",
        "1800, 1000, 3600, 0",
    })
    void countsTheAttemptsThatWouldStillBeMade(double next, double now, double opens, int expected) {
        Lease lease = Given.in(new Active(at(next)), RECREATE);

        int left = forecast.attemptsLeft(lease, at(now), at(opens));

        assertThat(left).isEqualTo(expected);
    }

    /** The shortcut for leases far from their deadlines agrees with the count. */
    @ParameterizedTest(name = "after {0} failures")
    @ValueSource(ints = {0, 1, 3, 7, 40})
    void aLeaseIsAtRiskWhenFewerAttemptsAreLeftThanAreKept(int failures) {
        for (int second = 3000; second <= 3605; second++) {
            Lease lease = Given.in(
                    failures == 0 ? new Active(at(second)) : new Retrying(at(second), failures, at(second - 1)),
                    RECREATE);

            boolean few = forecast.attemptsLeft(lease, at(1000), Instant.EPOCH) < POLICY.attemptsKept();

            assertThat(forecast.status(lease, at(1000), Instant.EPOCH) == AT_RISK)
                    .as("next at %d s", second)
                    .isEqualTo(few);
        }
    }

    /** By hand as above: from the end of the pause on. */
    @ParameterizedTest(name = "paused until {0} s: {1} left")
    @CsvSource({"3597, 3", "3599.999, 1", "3600, 0", "7200, 0"})
    void countsOnlyAttemptsAfterAPause(double until, int expected) {
        Lease lease = Given.active(RECREATE).withPause(Given.maintenance(until));

        assertThat(forecast.attemptsLeft(lease, at(1000), Instant.EPOCH)).isEqualTo(expected);
    }

    @Test
    void theNextCallComesNotBeforeTheEndOfAPause() {
        Lease wantsKey = Given.pendingAfter(3, Reason.UNREACHABLE).withPause(Given.maintenance(7200));
        Lease dueLater = Given.active(RECREATE).withPause(Given.maintenance(60));
        Lease wantsNothing = Given.lost(REPORT).withPause(Given.maintenance(7200));

        assertThat(forecast.nextCall(wantsKey, at(1000), Instant.EPOCH)).isEqualTo(at(7200));
        assertThat(forecast.nextCall(dueLater, at(10), Instant.EPOCH)).isEqualTo(at(1800));
        assertThat(forecast.nextCall(wantsNothing, at(10), Instant.EPOCH)).isNull();
    }

    private static Lease paused(Lease lease) {
        return lease.withPause(Given.maintenance(7200));
    }

    @Test
    void aPausedLeaseShortensNoOutage() {
        Lease dying = paused(Given.in(new Active(at(1)), RECREATE));

        assertThat(Forecast.survivableOutageSeconds(List.of(dying), 1, at(0))).isInfinite();
    }

    @Test
    void countsNoAttemptsWithoutALiveKey() {
        Stream<Lease> dead = Stream.of(Given.pending(RECREATE), Given.recovering(0, RECREATE), Given.lost(REPORT));

        assertThat(dead).allMatch(lease -> forecast.attemptsLeft(lease, T0, Instant.EPOCH) == 0);
    }

    @Test
    void expectsFarFewerAttemptsWhenOnlyAPersonCanHelp() {
        Lease refused = retrying(1801, Reason.CREDENTIALS_REFUSED);
        Lease unreachable = retrying(1801, Reason.UNREACHABLE);

        int left = forecast.attemptsLeft(refused, at(1800), Instant.EPOCH);

        assertThat(left).isBetween(5, 25).isLessThan(forecast.attemptsLeft(unreachable, at(1800), Instant.EPOCH));
    }

    static Stream<Arguments> standings() {
        return Stream.of(
                Arguments.of("registered", Given.pending(RECREATE), 0.0, PENDING),
                Arguments.of("registered, unreachable", Given.pendingAfter(3, Reason.UNREACHABLE), 0.0, PENDING),
                Arguments.of("registered, refused", Given.pendingAfter(1, Reason.CREDENTIALS_REFUSED), 0.0, AT_RISK),
                Arguments.of("active", Given.active(RECREATE), 0.0, ACTIVE),
                Arguments.of("active, gate shut for a while", Given.active(RECREATE), 3000.0, ACTIVE),
                Arguments.of("active, gate shut until just before", Given.active(RECREATE), 3599.9, AT_RISK),
                Arguments.of("active, gate shut until the deadline", Given.active(RECREATE), 3600.0, AT_RISK),
                Arguments.of("active, five attempts left", Given.in(new Active(at(3595)), RECREATE), 0.0, ACTIVE),
                Arguments.of("active, four attempts left", Given.in(new Active(at(3596)), RECREATE), 0.0, AT_RISK),
                Arguments.of("active after a refusal long ago", activeAfterRefusal(), 0.0, ACTIVE),
                Arguments.of("retrying", retrying(1801, Reason.UNREACHABLE), 0.0, RETRYING),
                Arguments.of("retrying, throttled", retrying(1801, Reason.THROTTLED), 0.0, RETRYING),
                Arguments.of("retrying, refused", retrying(1801, Reason.CREDENTIALS_REFUSED), 0.0, AT_RISK),
                Arguments.of("retrying, malformed", retrying(1801, Reason.BAD_REQUEST), 0.0, AT_RISK),
                Arguments.of("retrying, gone", retrying(1801, Reason.GONE), 0.0, AT_RISK),
                Arguments.of("retrying, few left", retrying(3597, Reason.UNREACHABLE), 0.0, AT_RISK),
                Arguments.of("lost, being made anew", Given.recovering(0, RECREATE), 0.0, LOST),
                Arguments.of("lost for good", Given.lost(REPORT), 0.0, LOST),
                Arguments.of("active, paused", paused(Given.active(RECREATE)), 0.0, PAUSED),
                Arguments.of("active, paused, gate shut", paused(Given.active(RECREATE)), 3600.0, PAUSED),
                Arguments.of("refused, paused", paused(retrying(1801, Reason.CREDENTIALS_REFUSED)), 0.0, PAUSED),
                Arguments.of("lost, paused", paused(Given.lost(REPORT)), 0.0, PAUSED),
                Arguments.of("registered, paused", paused(Given.pending(RECREATE)), 0.0, PAUSED));
    }

    @ParameterizedTest(name = "{0}: {3}")
    @MethodSource("standings")
    void tellsHowALeaseStands(String situation, Lease lease, double gateOpens, LeaseStatus expected) {
        LeaseStatus status = forecast.status(lease, at(1000), at(gateOpens));

        assertThat(status).as(situation).isEqualTo(expected);
    }

    @Test
    void survivesTheNearestDeadlineWhenTheRateIsHigh() {
        List<Lease> leases = fleet(60, 3600, 1800);

        assertThat(Forecast.survivableOutageSeconds(leases, 1e9, T0)).isCloseTo(60, within(1e-6));
    }

    @Test
    void countsTheTimeThatRenewingAllInTurnTakes() {
        // 61 - 3/1 is as near as 60 - 2/1, and 60 - 1/1 is further.
        List<Lease> leases = fleet(61, 60, 60);

        assertThat(Forecast.survivableOutageSeconds(leases, 1, T0)).isCloseTo(58, within(1e-9));
    }

    @Test
    void aFleetThatDiesTogetherIsLimitedByTheBudget() {
        List<Lease> leases =
                new ArrayList<>(Collections.nCopies(400, fleet(3600).get(0)));

        double seconds = Forecast.survivableOutageSeconds(leases, 200 / 60.0, at(100));

        assertThat(seconds).isCloseTo(3600 - 100 - 120, within(1e-6));
    }

    @Test
    void isNegativeWhenAKeyCanNoLongerBeSaved() {
        assertThat(Forecast.survivableOutageSeconds(fleet(1, 1), 1, T0)).isCloseTo(-1, within(1e-9));
    }

    @Test
    void isInfiniteWhenThereIsNothingToLose() {
        List<Lease> leases = List.of(Given.pending(RECREATE), Given.lost(REPORT), Given.recovering(1, RECREATE));

        assertThat(Forecast.survivableOutageSeconds(leases, 1, T0)).isInfinite().isPositive();
    }

    private static List<Lease> fleet(double... deadlines) {
        return java.util.Arrays.stream(deadlines)
                .mapToObj(deadline -> Given.in("main", new Active(at(30)), RECREATE, at(deadline)))
                .toList();
    }

    private static Lease retrying(double next, Reason reason) {
        Lease lease = Given.in(new Retrying(at(next), 1, at(900)), RECREATE);
        return lease.withFailure(lease.state(), failure(reason, at(900)));
    }

    private static Lease activeAfterRefusal() {
        Lease lease = Given.active(RECREATE);
        return lease.withFailure(lease.state(), failure(Reason.CREDENTIALS_REFUSED, at(10)));
    }
}
