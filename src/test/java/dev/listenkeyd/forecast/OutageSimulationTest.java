package dev.listenkeyd.forecast;

import static dev.listenkeyd.lease.Given.POLICY;
import static dev.listenkeyd.lease.Given.T0;
import static dev.listenkeyd.lease.Given.at;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofDays;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.budget.Budget;
import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.forecast.OutageSimulation.LostKey;
import dev.listenkeyd.forecast.OutageSimulation.Outage;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.VirtualClock;
import dev.listenkeyd.renewal.Confirmation;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What an outage would cost, told by the code that renews. */
@Execution(ExecutionMode.CONCURRENT)
class OutageSimulationTest {
    private static final Budget BUDGET = new Budget(200, ofMinutes(1), 0.2);

    private final VirtualClock clock = new VirtualClock();
    private final ExchangeGate gate = new ExchangeGate(BUDGET, clock, clock);
    private final OutageSimulation outageSimulation = new OutageSimulation(POLICY, Confirmation.AUTO, clock, clock);

    @Test
    void withoutAnOutageNothingIsLost() {
        assertThat(losses(leases(100), ZERO, ZERO)).isEmpty();
    }

    @Test
    void aKeyDiesAtItsDeadlineAndIsMadeAnewWhenTheExchangeIsBack() {
        List<LostKey> lost = losses(List.of(Given.active(OnLoss.RECREATE)), ZERO, ofMinutes(90));

        assertThat(lost).singleElement().satisfies(key -> {
            assertThat(key.account()).isEqualTo("main");
            assertThat(key.cause()).isEqualTo(LossCause.EXPIRED);
            assertThat(key.at()).isEqualTo(T0.plus(POLICY.ttl()));
            assertThat(key.recoveredAt()).isBetween(at(90 * 60), at(91 * 60));
        });
    }

    @Test
    void aPausedLeaseIsNotRenewedBeforeItsPauseEnds() {
        Lease paused = Given.active(OnLoss.RECREATE).withPause(Given.maintenance(5400));

        assertThat(losses(List.of(paused), ofMinutes(5), ofMinutes(60)))
                .singleElement()
                .satisfies(key -> {
                    assertThat(key.at()).isEqualTo(T0.plus(POLICY.ttl()));
                    assertThat(key.recoveredAt()).isBetween(at(5400), at(5402));
                });
        assertThat(losses(
                        List.of(Given.active(OnLoss.RECREATE).withPause(Given.maintenance(2400))),
                        ofMinutes(5),
                        ofMinutes(30)))
                .isEmpty();
    }

    @Test
    void anOutageBetweenTwoRenewalsCostsNothing() {
        assertThat(losses(List.of(Given.active(OnLoss.RECREATE)), ofMinutes(31), ofMinutes(50)))
                .isEmpty();
        assertThat(losses(List.of(Given.active(OnLoss.RECREATE)), ofMinutes(31), ofMinutes(70)))
                .hasSize(1);
    }

    @Test
    void aKeyThatMayOnlyBeReportedIsNotMadeAnew() {
        assertThat(losses(List.of(Given.active(OnLoss.REPORT)), ZERO, ofMinutes(90)))
                .singleElement()
                .satisfies(key -> assertThat(key.recoveredAt()).isNull());
    }

    @Test
    void anApiKeyThatIsRefusedNowStaysRefused() {
        Lease refused = Given.active(OnLoss.RECREATE)
                .withFailure(new LeaseState.Retrying(at(1), 1, T0), Given.failure(Reason.CREDENTIALS_REFUSED, T0));

        assertThat(losses(List.of(refused), ZERO, ZERO))
                .singleElement()
                .satisfies(key -> assertThat(key.recoveredAt()).isNull());
    }

    @Test
    void aPauseInForceCountsToo() {
        Given.call(gate, Given.paused(Reason.BANNED, T0.plus(ofHours(2))));

        assertThat(losses(List.of(Given.active(OnLoss.RECREATE)), ZERO, ZERO))
                .singleElement()
                .satisfies(key -> assertThat(key.at()).isEqualTo(T0.plus(POLICY.ttl())));
    }

    /** Two ways to the same number: the formula of the metric, and the engine. */
    @Test
    void whatSurvivesIsWhatTheMetricSays() {
        List<Lease> leases = leases(600);
        double seconds = Forecast.survivableOutageSeconds(leases, gate.perSecond(), T0);

        assertThat(losses(leases, ZERO, ofSeconds((long) seconds - 15))).isEmpty();
        assertThat(losses(leases, ZERO, ofSeconds((long) seconds + 60))).isNotEmpty();
    }

    /** To the last attempt: two are made within the last three seconds. */
    @Test
    void theLastAttemptBeforeTheDeadlineDecides() {
        List<Lease> one = List.of(Given.active(OnLoss.RECREATE));

        assertThat(losses(one, ZERO, ofSeconds(3597))).isEmpty();
        assertThat(losses(one, ZERO, ofHours(1))).hasSize(1);
    }

    @Test
    void moreThanTakesSecondsIsRefused() {
        List<Lease> leases = leases(2000);
        Duration longest = outageSimulation.longestOutage(2000, gate, ofHours(1));
        assertThat(longest).isEqualTo(ofHours(13));

        assertThatThrownBy(() -> losses(leases, ofHours(1), longest.plusMillis(1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(losses(leases, ofHours(1), longest)).hasSize(2000);
        assertThat(outageSimulation.longestOutage(0, gate, ZERO)).isGreaterThan(ofDays(2));
        assertThat(outageSimulation.longestOutage(30_000, gate, ZERO)).isZero();
    }

    @Test
    void nothingOfTheDaemonChanges() {
        List<Lease> leases = leases(50);

        losses(leases, ZERO, ofMinutes(90));

        assertThat(gate.weightUsed()).isZero();
        assertThat(gate.isAway()).isFalse();
        assertThat(clock.instant()).isEqualTo(T0);
    }

    private List<LostKey> losses(List<Lease> leases, Duration startsIn, Duration length) {
        return outageSimulation.of(leases, gate, new Outage(startsIn, length)).lost();
    }

    /** Renewed one after the other within the last half hour. */
    private static List<Lease> leases(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> {
                    double age = 1800.0 * i / count;
                    return Given.in("a" + i, new Active(at(1800 - age)), OnLoss.RECREATE, at(3600 - age));
                })
                .toList();
    }
}
