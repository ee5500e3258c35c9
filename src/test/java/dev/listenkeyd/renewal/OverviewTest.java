package dev.listenkeyd.renewal;

import static dev.listenkeyd.renewal.Given.at;
import static dev.listenkeyd.renewal.OnLoss.RECREATE;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.renewal.ExchangeGate.Budget;
import dev.listenkeyd.renewal.Failure.Reason;
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

    private List<Lease> troubledAt(double seconds, Lease lease) {
        return Overview.of(List.of(lease), new Prognosis(Given.POLICY), gate, at(seconds))
                .troubled();
    }
}
