package dev.listenkeyd.forecast;

import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.OnLoss.RECREATE;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.budget.Budget;
import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.VirtualClock;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class OverviewTest {
    private final VirtualClock clock = new VirtualClock();
    private final ExchangeGate gate = new ExchangeGate(new Budget(10, ofMinutes(1), 0.2), clock, clock);

    @Test
    void anAccountIsInTroubleWhenItHasHadNoKeyForMoreThanAMinute() {
        assertThat(troubledAt(60, Given.pendingAfter(3, Reason.UNREACHABLE))).isEmpty();
        assertThat(troubledAt(60.001, Given.pendingAfter(3, Reason.UNREACHABLE)))
                .hasSize(1);
    }

    @Test
    void whatIsLostOrAtRiskIsInTroubleAtOnceAndWhatIsTriedAgainIsNot() {
        Stream.of(Given.recovering(1, RECREATE), Given.pendingAfter(1, Reason.CREDENTIALS_REFUSED))
                .forEach(lease -> assertThat(troubledAt(0, lease)).hasSize(1));
        Stream.of(Given.active(RECREATE), Given.retrying(1, RECREATE))
                .forEach(lease -> assertThat(troubledAt(1900, lease)).isEmpty());
    }

    @Test
    void aPausedLeaseIsCountedAndNoTroubleHoweverItStands() {
        Stream.of(
                        Given.active(RECREATE),
                        Given.recovering(1, RECREATE),
                        Given.pendingAfter(1, Reason.CREDENTIALS_REFUSED))
                .map(lease -> lease.withPause(Given.maintenance(7200)))
                .forEach(lease -> {
                    Overview overview = Overview.of(List.of(lease), new Forecast(Given.POLICY), gate, at(3599));
                    assertThat(overview.counts()).containsEntry(LeaseStatus.PAUSED, 1);
                    assertThat(overview.troubled()).isEmpty();
                    assertThat(overview.nearestExpiry()).isNull();
                });
    }

    @Test
    void leasesOfOtherReplicasAreCountedButDoNotLimitWhatThisOneSurvives() {
        Forecast forecast = new Forecast(Given.POLICY);
        Overview own = Overview.of(List.of(Given.active(RECREATE)), forecast, gate, at(10));
        Lease soon = Given.in("a", new Active(at(20)), RECREATE, at(60));

        Overview all = own.and(List.of(soon, Given.recovering(1, RECREATE)), forecast, at(10));

        assertThat(all.counts()).containsEntry(LeaseStatus.ACTIVE, 2).containsEntry(LeaseStatus.LOST, 1);
        assertThat(all.nearestExpiry()).isEqualTo(at(60));
        assertThat(all.survivableOutageSeconds()).isEqualTo(own.survivableOutageSeconds());
        assertThat(all.troubled()).hasSize(1);
    }

    private List<Lease> troubledAt(double seconds, Lease lease) {
        return Overview.of(List.of(lease), new Forecast(Given.POLICY), gate, at(seconds))
                .troubled();
    }
}
