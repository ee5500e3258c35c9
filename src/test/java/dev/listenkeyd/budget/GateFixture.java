package dev.listenkeyd.budget;

import static dev.listenkeyd.lease.Given.failed;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.lease.VirtualClock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** A gate with a small budget in virtual time. */
abstract class GateFixture {
    static final int WEIGHT = 10;

    final VirtualClock clock = new VirtualClock();
    final ExchangeGate gate = new ExchangeGate(new Budget(WEIGHT, ofMinutes(1), 0.2), clock, clock);

    final Deque<Permit> underWay = new ArrayDeque<>();

    int entered(int tries) {
        return entered(gate, tries);
    }

    int entered(ExchangeGate through, int tries) {
        int entered = 0;
        for (int i = 0; i < tries; i++) {
            entered += enters(through, Priority.DUE, 0) ? 1 : 0;
        }
        return entered;
    }

    void enterAndLearn(RenewalOutcome outcome) {
        assertThat(enters(gate, Priority.DUE, 0)).isTrue();
        record(outcome);
    }

    boolean enters(ExchangeGate through, Priority priority, int reserve) {
        Permit permit = through.tryAcquire(priority, reserve);
        if (permit != null) {
            underWay.add(permit);
        }
        return permit != null;
    }

    /** What the call that is under way for longest comes to. */
    List<FleetEvent> record(RenewalOutcome outcome) {
        return underWay.remove().settle(outcome);
    }

    ExchangeGate away(int weight) {
        ExchangeGate wide = new ExchangeGate(new Budget(weight, ofMinutes(1), 0.2), clock, clock);
        // One more than fail: its reply is still to come.
        for (int i = 0; i <= OutageDetector.AWAY_AFTER; i++) {
            assertThat(enters(wide, Priority.DUE, 0)).isTrue();
        }
        while (!wide.isAway()) {
            record(failed(Reason.UNREACHABLE));
        }
        return wide;
    }
}
