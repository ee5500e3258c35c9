package dev.listenkeyd.telemetry;

import dev.listenkeyd.renewal.ExchangeGate;
import dev.listenkeyd.renewal.Failure.Reason;
import dev.listenkeyd.renewal.HeldKey;
import dev.listenkeyd.renewal.Lease;
import dev.listenkeyd.renewal.LeaseBook;
import dev.listenkeyd.renewal.LeaseStatus;
import dev.listenkeyd.renewal.Overview;
import dev.listenkeyd.renewal.Pause;
import dev.listenkeyd.renewal.Prognosis;
import io.prometheus.client.Collector;
import io.prometheus.client.GaugeMetricFamily;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Gauges, computed from the live leases when they are scraped: no second state that could disagree with the first. */
public final class LeaseCollector extends Collector implements Collector.Describable {
    private static final List<String> ACCOUNT = List.of("account");

    /** Every reason for which a gate closes. */
    private static final List<Reason> PAUSES = List.of(Reason.THROTTLED, Reason.BANNED, Reason.BLOCKED);

    private final LeaseBook book;
    private final BooleanSupplier recreationSlowed;
    private final ExchangeGate gate;
    private final Prognosis prognosis;
    private final InstantSource clock;
    private final int maxAccounts;

    /** @param maxAccounts with more leases than this, series per account are left out */
    public LeaseCollector(
            LeaseBook book,
            BooleanSupplier recreationSlowed,
            ExchangeGate gate,
            Prognosis prognosis,
            InstantSource clock,
            int maxAccounts) {
        this.book = book;
        this.recreationSlowed = recreationSlowed;
        this.gate = gate;
        this.prognosis = prognosis;
        this.clock = clock;
        this.maxAccounts = maxAccounts;
    }

    /** Nothing: describing by collecting would run before the leases are restored. */
    @Override
    public List<MetricFamilySamples> describe() {
        return List.of();
    }

    @Override
    public List<MetricFamilySamples> collect() {
        Instant now = clock.instant();
        Collection<Lease> leases = book.all();
        List<MetricFamilySamples> families = new ArrayList<>();
        addFleet(families, Overview.of(leases, prognosis, gate, now));
        addGate(families);
        addGuards(families);
        addAccounts(families, leases.size() <= maxAccounts ? leases : List.of(), now);
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
                "listenkey_store_writable", "Whether the last write to the store worked", book.writable() ? 1 : 0));
    }

    private void addGuards(List<MetricFamilySamples> families) {
        families.add(new GaugeMetricFamily(
                "listenkey_exchange_reachable",
                "0 when so many calls in a row came to nothing that the exchange counts as out of reach",
                gate.isAway() ? 0 : 1));
        families.add(new GaugeMetricFamily(
                "listenkey_recreation_slowed",
                "1 while lost keys are made anew one by one only, since most were reported dead at once",
                recreationSlowed.getAsBoolean() ? 1 : 0));
    }

    private void addGate(List<MetricFamilySamples> families) {
        families.add(new GaugeMetricFamily(
                "listenkey_weight_used",
                "Request weight used in the current window, by us or, when that is more, by this IP",
                gate.weightUsed()));
        families.add(new GaugeMetricFamily(
                "listenkey_weight_limit", "Request weight that we may use per window", gate.weightLimit()));
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

    private void addAccounts(List<MetricFamilySamples> families, Collection<Lease> leases, Instant now) {
        Instant opensAt = gate.opensAt();
        families.add(perAccount(
                "listenkey_expiration_timestamp_seconds",
                "Deadline of the key",
                leases,
                lease -> seconds(lease.expiresAt())));
        families.add(perAccount(
                "listenkey_renewal_due_timestamp_seconds",
                "Next attempt",
                leases,
                lease -> seconds(lease.state().nextAttemptAt())));
        families.add(perAccount("listenkey_last_success_timestamp_seconds", "Last successful call", leases, lease -> {
            HeldKey key = lease.key();
            return seconds(key == null ? null : key.lastSuccessAt());
        }));
        families.add(perAccount(
                "listenkey_last_confirmed_timestamp_seconds",
                "Last time that the exchange named this very key as the active one",
                leases,
                lease -> seconds(lease.key() == null ? null : lease.key().confirmedAt())));
        families.add(perAccount(
                "listenkey_attempts_left",
                "Attempts that would still be made before the deadline if all failed",
                leases,
                lease -> (double) prognosis.attemptsLeft(lease, now, opensAt)));
        families.add(perAccount(
                "listenkey_generation", "Number of key strings so far", leases, lease -> (double) lease.generation()));
    }

    /** A series for each lease for which there is a value. */
    private static GaugeMetricFamily perAccount(
            String name, String help, Collection<Lease> leases, Function<Lease, Double> value) {
        GaugeMetricFamily family = new GaugeMetricFamily(name, help, ACCOUNT);
        for (Lease lease : leases) {
            double number = value.apply(lease);
            if (!Double.isNaN(number)) {
                family.addMetric(List.of(lease.account()), number);
            }
        }
        return family;
    }

    private static double seconds(@Nullable Instant instant) {
        return instant == null ? Double.NaN : instant.toEpochMilli() / 1e3;
    }
}
