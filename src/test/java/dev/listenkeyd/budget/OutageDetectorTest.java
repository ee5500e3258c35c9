package dev.listenkeyd.budget;

import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.Given.failed;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import dev.listenkeyd.lease.RenewalOutcome.Skipped;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An unreachable exchange. */
class OutageDetectorTest extends GateFixture {

    @Test
    void whileNothingComesBackHalfOfTheBudgetIsKeptForItsReturn() {
        ExchangeGate wide = away(100);

        int probes = 0;
        for (int second = 0; second < 120; second++) {
            clock.advance(ofSeconds(1));
            while (enters(wide, Priority.URGENT, 0)) {
                probes++;
                record(failed(Reason.GARBLED));
            }
        }
        assertThat(probes).isEqualTo(100);

        assertThat(enters(wide, Priority.URGENT, 0)).isFalse();
        clock.advance(ofMillis(1200));
        assertThat(enters(wide, Priority.URGENT, 0)).isTrue();
        assertThat(record(new Renewed(clock.instant())))
                .singleElement()
                .isInstanceOf(FleetEvent.ExchangeReachable.class);
        int burst = 0;
        while (enters(wide, Priority.DUE, 0)) {
            burst++;
        }
        assertThat(burst).isEqualTo(49);
    }

    @Test
    void theExchangeIsAwayAfterTenFailuresInARow() {
        ExchangeGate wide = new ExchangeGate(new Budget(100, ofMinutes(1), 0.2), clock, clock);
        assertThat(entered(wide, 2)).isEqualTo(2);
        for (int i = 1; i < OutageDetector.AWAY_AFTER; i++) {
            assertThat(enters(wide, Priority.DUE, 0)).isTrue();
            assertThat(record(failed(Reason.UNREACHABLE))).isEmpty();
        }
        assertThat(wide.isAway()).isFalse();

        assertThat(record(failed(Reason.UNREACHABLE))).containsExactly(new FleetEvent.ExchangeUnreachable(10));

        assertThat(wide.isAway()).isTrue();
        assertThat(enters(wide, Priority.SPARE, 0)).isFalse();
        assertThat(record(failed(Reason.UNREACHABLE))).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = Reason.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"UNREACHABLE", "GARBLED"})
    void whateverTheExchangeItselfSaysEndsTheSilence(Reason reason) {
        ExchangeGate wide = away(100);
        clock.advance(ofSeconds(90));

        List<FleetEvent> changes = record(failed(reason));

        assertThat(changes).containsExactly(new FleetEvent.ExchangeReachable(ofSeconds(90)));
        assertThat(wide.isAway()).isFalse();
    }

    @Test
    void aCallThatNeverLeftSaysNothingAboutTheExchange() {
        ExchangeGate wide = away(100);

        assertThat(record(new Skipped(Given.failure(Reason.BUDGET, at(0))))).isEmpty();

        assertThat(wide.isAway()).isTrue();
    }
}
