package dev.listenkeyd.telemetry;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.forecast.Conditions;
import dev.listenkeyd.forecast.Explanation;
import dev.listenkeyd.forecast.Forecast;
import dev.listenkeyd.forecast.LeaseStatus;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.renewal.Confirmation;
import dev.listenkeyd.renewal.LeaseRegistry;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * Logs what no event tells, because time alone or the number of leases brings it about: one line when a key comes to be at
 * risk, when more leases are held than the budget can renew, and when either is over.
 */
@Singleton
public final class RiskWatch {
    private static final Logger LOG = Logger.getLogger("listenkeyd.risk");

    public static final Duration PERIOD = Duration.ofSeconds(5);

    /** Accounts named when many come to be at risk at once; the others are counted. */
    static final int NAMED_AT_ONCE = 20;

    private final LeaseRegistry registry;
    private final Forecast forecast;
    private final ExchangeGate gate;
    private final Confirmation confirmation;
    private final InstantSource clock;

    private Set<String> atRisk = Set.of();
    private boolean tooMany;

    RiskWatch(
            LeaseRegistry registry,
            Forecast forecast,
            ExchangeGate gate,
            Confirmation confirmation,
            InstantSource clock) {
        this.registry = registry;
        this.forecast = forecast;
        this.gate = gate;
        this.confirmation = confirmation;
        this.clock = clock;
    }

    /** Must be called by one thread at a time, every {@link #PERIOD}. */
    public void poll() {
        lookForRisks(clock.instant());
        lookForTooMany();
    }

    private void lookForRisks(Instant now) {
        Instant opensAt = gate.opensAt();
        Set<String> known = atRisk;
        Set<String> found = new HashSet<>();
        int fresh = 0;
        for (Lease lease : registry.all()) {
            LeaseStatus status = forecast.status(lease, now, opensAt);
            boolean before = known.contains(lease.account());
            if (status == LeaseStatus.AT_RISK) {
                found.add(lease.account());
                fresh += before ? 0 : 1;
                if (!before && fresh <= NAMED_AT_ONCE) {
                    logRisk(lease, now);
                }
            } else if (before && status != LeaseStatus.LOST) {
                LOG.infof("%s: no longer at risk, %s", lease.account(), status);
            }
        }
        if (fresh > NAMED_AT_ONCE) {
            LOG.errorf(
                    "%d more accounts are AT_RISK now: GET /v1/listen-keys?status=AT_RISK lists them",
                    fresh - NAMED_AT_ONCE);
        }
        atRisk = found;
    }

    private void logRisk(Lease lease, Instant now) {
        Conditions conditions = Conditions.of(gate, false, registry.size(), now);
        LOG.errorf(
                "%s: AT_RISK, %s %s",
                lease.account(),
                lease.expiresAt() == null ? "it has no live key." : "its key lives until " + lease.expiresAt() + ".",
                Explanation.of(lease, forecast, conditions, false).why());
    }

    private void lookForTooMany() {
        double needed = forecast.policy()
                .weightNeeded(registry.all().size(), confirmation, gate.budget().window());
        boolean now = needed > gate.weightLimit();
        if (now && !tooMany) {
            LOG.warnf(
                    "more leases are held than the budget can renew in time: %d leases need a request weight of %d in %d s,"
                            + " and %d may be used. Raise LISTENKEYD_BUDGET_WEIGHT as far as the exchange's limit allows, or"
                            + " split the accounts over two addresses",
                    registry.all().size(),
                    (long) Math.ceil(needed),
                    gate.budget().window().toSeconds(),
                    gate.weightLimit());
        } else if (!now && tooMany) {
            LOG.info("the budget suffices again to renew all leases in time");
        }
        tooMany = now;
    }
}
