package dev.listenkeyd.telemetry;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.forecast.Forecast;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.renewal.LeaseRegistry;
import io.prometheus.client.Collector;
import io.prometheus.client.CounterMetricFamily;
import io.prometheus.client.GaugeMetricFamily;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/** Series of each account, computed when they are scraped, so that an alert can name the account. */
public final class AccountCollector extends Collector implements Collector.Describable {
    private static final List<String> ACCOUNT = List.of("account");

    private final LeaseRegistry registry;
    private final ExchangeGate gate;
    private final Forecast forecast;
    private final AccountLosses losses;
    private final InstantSource clock;
    private final int maxAccounts;

    /** @param maxAccounts with more leases than this, there are no series at all */
    public AccountCollector(
            LeaseRegistry registry,
            ExchangeGate gate,
            Forecast forecast,
            AccountLosses losses,
            InstantSource clock,
            int maxAccounts) {
        this.registry = registry;
        this.gate = gate;
        this.forecast = forecast;
        this.losses = losses;
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
        Instant opensAt = gate.opensAt();
        Collection<Lease> all = registry.all();
        Collection<Lease> leases = all.size() <= maxAccounts ? all : List.of();
        List<MetricFamilySamples> families = new ArrayList<>();
        addGauges(families, leases, now, opensAt);
        addTroubles(families, leases, now, opensAt);
        return families;
    }

    private void addTroubles(
            List<MetricFamilySamples> families, Collection<Lease> leases, Instant now, Instant opensAt) {
        GaugeMetricFamily statuses = new GaugeMetricFamily(
                "listenkey_account_status", "1 for the status that the account has", List.of("account", "status"));
        GaugeMetricFamily failures = new GaugeMetricFamily(
                "listenkey_account_failures",
                "Failed attempts in a row, by the reason of the last one",
                List.of("account", "reason"));
        CounterMetricFamily lost = new CounterMetricFamily(
                "listenkey_account_losses",
                "Keys of the account that died while they were ours to keep",
                List.of("account", "cause"));
        for (Lease lease : leases) {
            String account = lease.account();
            statuses.addMetric(
                    List.of(account, forecast.status(lease, now, opensAt).name()), 1);
            Failure failure = lease.lastFailure();
            if (failure != null && lease.state().failures() > 0) {
                failures.addMetric(
                        List.of(account, failure.reason().name()), lease.state().failures());
            }
            for (LossCause cause : LossCause.values()) {
                lost.addMetric(List.of(account, cause.name()), losses.of(account, cause));
            }
        }
        families.addAll(List.of(statuses, failures, lost));
    }

    private void addGauges(List<MetricFamilySamples> families, Collection<Lease> leases, Instant now, Instant opensAt) {
        families.add(perAccount(
                "listenkey_expiration_timestamp_seconds",
                "Deadline of the key",
                leases,
                lease -> LeaseCollector.seconds(lease.expiresAt())));
        families.add(perAccount(
                "listenkey_renewal_due_timestamp_seconds",
                "Next attempt",
                leases,
                lease -> LeaseCollector.seconds(lease.state().nextAttemptAt())));
        families.add(perAccount("listenkey_last_success_timestamp_seconds", "Last successful call", leases, lease -> {
            ListenKey key = lease.key();
            return LeaseCollector.seconds(key == null ? null : key.lastSuccessAt());
        }));
        families.add(perAccount(
                "listenkey_last_confirmed_timestamp_seconds",
                "Last time that the exchange named this very key as the active one",
                leases,
                lease -> LeaseCollector.seconds(
                        lease.key() == null ? null : lease.key().confirmedAt())));
        families.add(perAccount(
                "listenkey_attempts_left",
                "Attempts that would still be made before the deadline if all failed",
                leases,
                lease -> (double) forecast.attemptsLeft(lease, now, opensAt)));
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
}
