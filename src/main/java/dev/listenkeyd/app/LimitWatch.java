package dev.listenkeyd.app;

import dev.listenkeyd.binance.BinanceGateway;
import dev.listenkeyd.renewal.ExchangeGate;
import dev.listenkeyd.renewal.Failure;
import dev.listenkeyd.renewal.RenewalEngine;
import dev.listenkeyd.renewal.RenewalOutcome;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/** Asks the exchange how much weight it allows this IP: at the start, and every hour. Not thread-safe. */
final class LimitWatch {
    private static final Logger LOG = Logger.getLogger("listenkeyd");

    /** How long an answer holds. */
    static final Duration EVERY = Duration.ofHours(1);

    private final RenewalEngine engine;
    private final BinanceGateway gateway;
    private final ExchangeGate gate;
    private final LongSupplier nanoTime;
    private long knownSince;
    private boolean known;
    private boolean complained;

    LimitWatch(RenewalEngine engine, BinanceGateway gateway, ExchangeGate gate, LongSupplier nanoTime) {
        this.engine = engine;
        this.gateway = gateway;
        this.gate = gate;
        this.nanoTime = nanoTime;
    }

    /** Asks when it is time and there is weight to spare; to be called about once a minute. */
    void askWhenDue() {
        boolean fresh = known && nanoTime.getAsLong() - knownSince < EVERY.toNanos();
        if (fresh || !gate.tryEnterSpare(engine.callsNeeded())) {
            return;
        }
        int before = gate.weightLimit();
        RenewalOutcome outcome = gateway.learnLimit();
        gate.learn(outcome).forEach(engine::happened);
        Failure failure = outcome.failed();
        if (failure == null) {
            if (gate.weightLimit() != before || !known) {
                LOG.infof(
                        "the exchange's own limit is known: up to %d of weight per %s s is used",
                        gate.weightLimit(), gate.budget().window().toSeconds());
            }
            known = true;
            knownSince = nanoTime.getAsLong();
            complained = false;
        } else if (!complained) {
            LOG.warnf(
                    "the exchange's own limit can't be read (%s, %s); what is known holds",
                    failure.reason(), failure.message());
            complained = true;
        }
    }
}
