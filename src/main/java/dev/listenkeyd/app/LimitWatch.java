package dev.listenkeyd.app;

import dev.listenkeyd.renewal.ExchangeGate;
import dev.listenkeyd.renewal.Failure;
import dev.listenkeyd.renewal.FleetEvent;
import dev.listenkeyd.renewal.RenewalOutcome;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/** Asks the exchange how much weight it allows this IP: at the start, and every hour. For one thread at a time. */
final class LimitWatch {
    private static final Logger LOG = Logger.getLogger("listenkeyd");

    /** How long an answer holds. */
    static final Duration EVERY = Duration.ofHours(1);

    /** The reply is large, and no lease depends on it. */
    static final Duration AFTER_FAILURE = Duration.ofMinutes(15);

    private final ExchangeGate gate;
    private final Supplier<RenewalOutcome> learnLimit;
    private final IntSupplier callsNeeded;
    private final Consumer<FleetEvent> fleetEvents;
    private final LongSupplier nanoTime;
    private long askAgainAt;
    private volatile boolean asking;
    private boolean asked;
    private boolean known;
    private boolean complained;

    /**
     * @param learnLimit makes the call, and tells the gate
     * @param callsNeeded what renewals will need within the next window: their weight is left alone
     */
    LimitWatch(
            ExchangeGate gate,
            Supplier<RenewalOutcome> learnLimit,
            IntSupplier callsNeeded,
            Consumer<FleetEvent> fleetEvents,
            LongSupplier nanoTime) {
        this.gate = gate;
        this.learnLimit = learnLimit;
        this.callsNeeded = callsNeeded;
        this.fleetEvents = fleetEvents;
        this.nanoTime = nanoTime;
    }

    /** Asks when it is time and there is weight to spare; to be called about once a minute. */
    void askWhenDue() {
        boolean early = asked && nanoTime.getAsLong() - askAgainAt < 0;
        if (early || !gate.tryEnterBeside(callsNeeded.getAsInt())) {
            return;
        }
        asked = true;
        int before = gate.weightLimit();
        RenewalOutcome outcome = ask();
        gate.learnAside(outcome).forEach(fleetEvents);
        Failure failure = outcome.failed();
        askAgainAt = nanoTime.getAsLong() + (failure == null ? EVERY : AFTER_FAILURE).toNanos();
        if (failure == null) {
            if (gate.weightLimit() != before || !known) {
                LOG.infof(
                        "the exchange's own limit is known: up to %d of weight per %s s is used",
                        gate.weightLimit(), gate.budget().window().toSeconds());
            }
            known = true;
            complained = false;
        } else if (!complained) {
            LOG.warnf(
                    "the exchange's own limit can't be read (%s, %s); what is known holds",
                    failure.reason(), failure.message());
            complained = true;
        }
    }

    /** Whether a call is under way; for any thread. */
    boolean isAsking() {
        return asking;
    }

    private RenewalOutcome ask() {
        asking = true;
        try {
            return learnLimit.get();
        } finally {
            asking = false;
        }
    }
}
