package dev.listenkeyd.telemetry;

import dev.listenkeyd.forecast.Forecast;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.lease.StreamStatus;
import dev.listenkeyd.lease.WatchedStreams;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.CounterMetricFamily;
import io.prometheus.client.GaugeMetricFamily;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The series of each account, so that an alert can name the account.
 *
 * @param streams those that are watched; the others have no series of a stream
 * @param maxAccounts with more leases than this, there are no series at all
 */
public record AccountSeries(Forecast forecast, AccountLosses losses, WatchedStreams streams, int maxAccounts) {
    private static final List<String> ACCOUNT = List.of("account");

    /** @param opensAt when calls may leave again */
    List<MetricFamilySamples> of(Collection<Lease> all, Instant now, Instant opensAt) {
        Collection<Lease> leases = all.size() <= maxAccounts ? all : List.of();
        return List.of(
                time("listenkey_expiration_timestamp_seconds", "Deadline of the key", leases, Lease::expiresAt),
                time(
                        "listenkey_renewal_due_timestamp_seconds",
                        "Next attempt",
                        leases,
                        lease -> lease.state().nextAttemptAt()),
                time("listenkey_last_success_timestamp_seconds", "Last successful call", leases, lease -> {
                    ListenKey key = lease.key();
                    return key == null ? null : key.lastSuccessAt();
                }),
                time(
                        "listenkey_last_confirmed_timestamp_seconds",
                        "Last time that the exchange named this very key as the active one",
                        leases,
                        lease -> lease.key() == null ? null : lease.key().confirmedAt()),
                gauge(
                        "listenkey_attempts_left",
                        "Attempts that would still be made before the deadline if all failed",
                        leases,
                        lease -> (double) forecast.attemptsLeft(lease, now, opensAt)),
                gauge("listenkey_generation", "Number of key strings so far", leases, lease ->
                        (double) lease.generation()),
                gauge(
                        "listenkey_stream_connected",
                        "Whether the daemon's own connection to the stream is open",
                        leases,
                        stream(status -> status.connected() ? 1.0 : 0.0)),
                gauge(
                        "listenkey_stream_last_event_timestamp_seconds",
                        "When the last message came on the stream",
                        leases,
                        stream(status ->
                                status.lastEventAt() == null ? null : LeaseCollector.seconds(status.lastEventAt()))),
                statuses(leases, now, opensAt),
                failures(leases),
                losses(leases));
    }

    private GaugeMetricFamily statuses(Collection<Lease> leases, Instant now, Instant opensAt) {
        GaugeMetricFamily statuses = new GaugeMetricFamily(
                "listenkey_account_status", "1 for the status that the account has", List.of("account", "status"));
        for (Lease lease : leases) {
            String status = forecast.status(lease, now, opensAt).name();
            statuses.addMetric(List.of(lease.account(), status), 1);
        }
        return statuses;
    }

    private static GaugeMetricFamily failures(Collection<Lease> leases) {
        GaugeMetricFamily failures = new GaugeMetricFamily(
                "listenkey_account_failures",
                "Failed attempts in a row, by the reason of the last one",
                List.of("account", "reason"));
        for (Lease lease : leases) {
            Failure failure = lease.lastFailure();
            if (failure != null && lease.state().failures() > 0) {
                failures.addMetric(
                        List.of(lease.account(), failure.reason().name()),
                        lease.state().failures());
            }
        }
        return failures;
    }

    private CounterMetricFamily losses(Collection<Lease> leases) {
        CounterMetricFamily lost = new CounterMetricFamily(
                "listenkey_account_losses",
                "Keys of the account that died while they were ours to keep",
                List.of("account", "cause"));
        for (Lease lease : leases) {
            for (LossCause cause : LossCause.values()) {
                lost.addMetric(List.of(lease.account(), cause.name()), losses.of(lease.account(), cause));
            }
        }
        return lost;
    }

    /** Null for a lease whose stream is not watched. */
    private Function<Lease, @Nullable Double> stream(Function<StreamStatus, @Nullable Double> value) {
        return lease -> {
            StreamStatus status = streams.of(lease.account());
            return status == null ? null : value.apply(status);
        };
    }

    private static GaugeMetricFamily time(
            String name, String help, Collection<Lease> leases, Function<Lease, @Nullable Instant> value) {
        return gauge(name, help, leases, lease -> {
            Instant instant = value.apply(lease);
            return instant == null ? null : LeaseCollector.seconds(instant);
        });
    }

    /** A series for each lease that has a value. */
    private static GaugeMetricFamily gauge(
            String name, String help, Collection<Lease> leases, Function<Lease, @Nullable Double> value) {
        GaugeMetricFamily family = new GaugeMetricFamily(name, help, ACCOUNT);
        for (Lease lease : leases) {
            Double number = value.apply(lease);
            if (number != null) {
                family.addMetric(List.of(lease.account()), number);
            }
        }
        return family;
    }
}
