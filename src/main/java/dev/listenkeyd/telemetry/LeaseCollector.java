package dev.listenkeyd.telemetry;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.forecast.LeaseStatus;
import dev.listenkeyd.forecast.Overview;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.Pause;
import dev.listenkeyd.renewal.Confirmation;
import dev.listenkeyd.renewal.LeaseRegistry;
import io.prometheus.client.Collector;
import io.prometheus.client.GaugeMetricFamily;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Gauges of the fleet and of each account, computed from the live leases when they are scraped. */
public final class LeaseCollector extends Collector implements Collector.Describable {
    /** Every reason for which a gate closes. */
    private static final List<Reason> PAUSES = List.of(Reason.THROTTLED, Reason.BANNED, Reason.BLOCKED);

    private final LeaseRegistry registry;
    private final BooleanSupplier recreationThrottled;
    private final ExchangeGate gate;
    private final AccountSeries accounts;
    private final Confirmation confirmation;
    private final InstantSource clock;

    public LeaseCollector(
            LeaseRegistry registry,
            BooleanSupplier recreationThrottled,
            ExchangeGate gate,
            AccountSeries accounts,
            Confirmation confirmation,
            InstantSource clock) {
        this.registry = registry;
        this.recreationThrottled = recreationThrottled;
        this.gate = gate;
        this.accounts = accounts;
        this.confirmation = confirmation;
        this.clock = clock;
    }

    /** Nothing: describing by collecting would run before the leases are restored. */
    @Override
    public List<MetricFamilySamples> describe() {
        return List.of();
    }

    @Override
    public List<MetricFamilySamples> collect() {
        Instant now = clock.instant();
        Collection<Lease> leases = registry.all();
        List<MetricFamilySamples> families = new ArrayList<>();
        addFleet(families, Overview.of(leases, accounts.forecast(), gate, now));
        addGate(families, leases.size());
        addGuards(families);
        families.addAll(accounts.of(leases, now, gate.opensAt()));
        return families;
    }

    private void addFleet(List<MetricFamilySamples> families, Overview overview) {
        GaugeMetricFamily byStatus = new GaugeMetricFamily("listenkey_leases", "Leases by status", List.of("status"));
        for (LeaseStatus status : LeaseStatus.values()) {
            byStatus.addMetric(List.of(status.name()), overview.counts().getOrDefault(status, 0));
        }
        families.add(byStatus);
        families.add(new GaugeMetricFamily(
                "listenkey_nearest_expiration_timestamp_seconds",
                "Smallest deadline of all live leases, NaN when none lives",
                seconds(overview.nearestExpiry())));
        families.add(new GaugeMetricFamily(
                "listenkey_survivable_outage_seconds",
                "How long the exchange could be away from now until the first key dies, +Inf when none lives",
                overview.survivableOutageSeconds()));
        families.add(new GaugeMetricFamily(
                "listenkey_store_writable", "Whether the last write to the store worked", registry.writable() ? 1 : 0));
    }

    private void addGuards(List<MetricFamilySamples> families) {
        families.add(new GaugeMetricFamily(
                "listenkey_exchange_reachable",
                "0 when so many calls in a row came to nothing that the exchange counts as out of reach",
                gate.isAway() ? 0 : 1));
        families.add(new GaugeMetricFamily(
                "listenkey_recreation_slowed",
                "1 while lost keys are made anew one by one only, since most were reported dead at once",
                recreationThrottled.getAsBoolean() ? 1 : 0));
    }

    private void addGate(List<MetricFamilySamples> families, int leases) {
        families.add(new GaugeMetricFamily(
                "listenkey_weight_used",
                "Request weight used in the current window, by us or, when that is more, by this IP",
                gate.weightUsed()));
        families.add(new GaugeMetricFamily(
                "listenkey_weight_limit", "Request weight that we may use per window", gate.weightLimit()));
        families.add(new GaugeMetricFamily(
                "listenkey_weight_needed",
                "Request weight per window that renewing all leases in time takes",
                accounts.forecast()
                        .policy()
                        .weightNeeded(leases, confirmation, gate.budget().window())));
        Pause closed = gate.closed();
        GaugeMetricFamily closedUntil = new GaugeMetricFamily(
                "listenkey_gate_closed_until_timestamp_seconds",
                "Until when no call leaves this IP, 0 when calls may",
                List.of("reason"));
        for (Reason reason : PAUSES) {
            closedUntil.addMetric(
                    List.of(reason.name()), closed != null && closed.reason() == reason ? seconds(closed.until()) : 0);
        }
        families.add(closedUntil);
    }

    static double seconds(@Nullable Instant instant) {
        return instant == null ? Double.NaN : instant.toEpochMilli() / 1e3;
    }
}
