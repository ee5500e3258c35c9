package dev.listenkeyd.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.renewal.ExchangeGate;
import dev.listenkeyd.renewal.ExchangeGate.Budget;
import dev.listenkeyd.renewal.Failure;
import dev.listenkeyd.renewal.Failure.Reason;
import dev.listenkeyd.renewal.FleetEvent;
import dev.listenkeyd.renewal.RenewalOutcome;
import dev.listenkeyd.renewal.RenewalOutcome.Failed;
import dev.listenkeyd.renewal.RenewalOutcome.Paused;
import dev.listenkeyd.renewal.RenewalOutcome.Renewed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LimitWatchTest {
    private static final Instant NOW = Instant.parse("2026-11-22T00:00:00Z");

    private long nanos;
    private int asked;
    private int needed;
    private RenewalOutcome outcome = new Renewed(NOW);
    private final List<FleetEvent> events = new ArrayList<>();
    private final ExchangeGate gate =
            new ExchangeGate(new Budget(10, Duration.ofMinutes(1), 0.2), () -> NOW, () -> nanos);
    private final LimitWatch watch = new LimitWatch(gate, this::ask, () -> needed, events::add, () -> nanos);

    @Test
    void asksAtTheStartAndAgainAfterExactlyAnHour() {
        watch.askWhenDue();
        pass(Duration.ofHours(1).minusNanos(1));
        watch.askWhenDue();
        assertThat(asked).isEqualTo(1);

        pass(Duration.ofNanos(1));
        watch.askWhenDue();

        assertThat(asked).isEqualTo(2);
    }

    @Test
    void asksAgainSoonWhenItWasNotAnswered() {
        outcome = new Failed(new Failure(NOW, Reason.UNREACHABLE, null, null, "no"));
        watch.askWhenDue();
        pass(LimitWatch.AFTER_FAILURE.minusNanos(1));
        watch.askWhenDue();
        assertThat(asked).isEqualTo(1);

        pass(Duration.ofNanos(1));
        watch.askWhenDue();

        assertThat(asked).isEqualTo(2);
    }

    @Test
    void itsFailingAloneDoesNotMakeTheExchangeUnreachable() {
        outcome = new Failed(new Failure(NOW, Reason.UNREACHABLE, null, null, "too large for this line"));
        for (int i = 0; i < 20; i++) {
            watch.askWhenDue();
            pass(LimitWatch.AFTER_FAILURE);
        }

        assertThat(asked).isEqualTo(20);
        assertThat(gate.isAway()).isFalse();
    }

    @Test
    void waitsWhileRenewalsNeedTheWeight() {
        needed = 10;
        watch.askWhenDue();
        assertThat(asked).isZero();

        needed = 9;
        watch.askWhenDue();

        assertThat(asked).isEqualTo(1);
        assertThat(gate.weightUsed()).isEqualTo(1);
    }

    @Test
    void aPauseThatItIsToldHoldsForAll() {
        Failure banned = new Failure(NOW, Reason.BANNED, 418, -1003, "banned");
        outcome = new Paused(banned, NOW.plusSeconds(600));

        watch.askWhenDue();

        assertThat(gate.opensAt()).isEqualTo(NOW.plusSeconds(600));
        assertThat(events).singleElement().isInstanceOf(FleetEvent.Paused.class);
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
    }

    private RenewalOutcome ask() {
        asked++;
        return outcome;
    }
}
