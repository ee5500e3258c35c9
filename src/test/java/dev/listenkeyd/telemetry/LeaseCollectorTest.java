package dev.listenkeyd.telemetry;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.budget.Budget;
import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.forecast.Forecast;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseState.Lost;
import dev.listenkeyd.lease.LeaseState.Retrying;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.Loss;
import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.lease.StoredLeases;
import dev.listenkeyd.renewal.Confirmation;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.renewal.RenewalPolicy;
import io.prometheus.client.CollectorRegistry;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LeaseCollectorTest {
    private static final Instant NOW = Instant.parse("2026-11-22T00:00:00Z");
    private static final InstantSource CLOCK = () -> NOW;
    private static final List<String> PER_ACCOUNT = List.of(
            "listenkey_expiration_timestamp_seconds",
            "listenkey_renewal_due_timestamp_seconds",
            "listenkey_last_success_timestamp_seconds",
            "listenkey_attempts_left",
            "listenkey_generation");

    @Test
    void upToTheLimitEveryAccountHasItsSeries() {
        CollectorRegistry registry = collecting(3, 3);

        for (String name : PER_ACCOUNT) {
            assertThat(registry.getSampleValue(name, new String[] {"account"}, new String[] {"a2"}))
                    .as(name)
                    .isNotNull();
        }
    }

    @Test
    void aboveTheLimitSeriesPerAccountDisappearAndTheOthersStayExact() {
        CollectorRegistry registry = collecting(4, 3);

        for (String name : PER_ACCOUNT) {
            for (int i = 0; i < 4; i++) {
                assertThat(registry.getSampleValue(name, new String[] {"account"}, new String[] {"a" + i}))
                        .as(name)
                        .isNull();
            }
        }
        assertThat(registry.getSampleValue("listenkey_leases", new String[] {"status"}, new String[] {"ACTIVE"}))
                .isEqualTo(3.0);
        assertThat(registry.getSampleValue("listenkey_nearest_expiration_timestamp_seconds"))
                .isEqualTo(NOW.plus(ofMinutes(60)).toEpochMilli() / 1e3);
        // Deadlines are a second apart and the budget makes one call a second: the first one is the tightest.
        assertThat(registry.getSampleValue("listenkey_survivable_outage_seconds"))
                .isEqualTo(3599.0);
        assertThat(registry.getSampleValue("listenkey_recreation_slowed")).isEqualTo(1.0);
        assertThat(registry.getSampleValue("listenkey_exchange_reachable")).isEqualTo(1.0);
        // Four leases, two calls each in 30 minutes, of which a window is one.
        assertThat(registry.getSampleValue("listenkey_weight_needed")).isEqualTo(8.0 / 30);
    }

    @Test
    void anAccountInTroubleIsNamedByItsSeries() {
        CollectorRegistry registry = collecting(4, 4);

        assertThat(value(registry, "listenkey_account_losses_total", "cause", "a2", "EXPIRED"))
                .isEqualTo(1.0);
        assertThat(value(registry, "listenkey_account_losses_total", "cause", "a2", "CLOSED_ELSEWHERE"))
                .isZero();
        assertThat(value(registry, "listenkey_account_losses_total", "cause", "a1", "EXPIRED"))
                .as("from the start, so that its first increase is one")
                .isZero();
        assertThat(value(registry, "listenkey_account_status", "status", "a3", "RETRYING"))
                .isEqualTo(1.0);
        assertThat(value(registry, "listenkey_account_status", "status", "a3", "ACTIVE"))
                .isNull();
        assertThat(value(registry, "listenkey_account_failures", "reason", "a3", "UNREACHABLE"))
                .isEqualTo(2.0);
        assertThat(value(registry, "listenkey_account_failures", "reason", "a1", "UNREACHABLE"))
                .isNull();
    }

    private static @Nullable Double value(
            CollectorRegistry registry, String name, String label, String account, String value) {
        return registry.getSampleValue(name, new String[] {"account", label}, new String[] {account, value});
    }

    private static CollectorRegistry collecting(int leases, int maxAccounts) {
        LeaseRegistry registry = new LeaseRegistry(
                new StoredLeases(IntStream.range(0, leases)
                        .mapToObj(LeaseCollectorTest::lease)
                        .toList()),
                CLOCK,
                System::nanoTime,
                event -> {});
        registry.restore();
        RenewalPolicy policy = new RenewalPolicy(ofMinutes(60), ofMinutes(30), null, ofSeconds(1), ofSeconds(60), 5);
        ExchangeGate gate = new ExchangeGate(new Budget(60, ofMinutes(1), 0.2), CLOCK, () -> 0);
        CollectorRegistry collectors = new CollectorRegistry(true);
        Forecast forecast = new Forecast(policy);
        AccountLosses losses = new AccountLosses();
        losses.observe(lossOf(lease(2)));
        AccountSeries accounts = new AccountSeries(forecast, losses, account -> null, maxAccounts);
        collectors.register(new LeaseCollector(registry, () -> true, gate, accounts, Confirmation.ALWAYS, CLOCK));
        return collectors;
    }

    private static RenewalEvent lossOf(Lease lease) {
        Loss loss = Given.loss(LossCause.EXPIRED, NOW, null, "0a1b2c3d");
        Lease lost = new Lease(lease.registration(), 1, lease.key(), new Lost(NOW), null, loss, 2);
        return new RenewalEvent(lease, null, lost, NOW, null, null, false);
    }

    private static Lease lease(int i) {
        Registration registration = new Registration("a" + i, new Secret("k"), OnLoss.RECREATE, "bot", NOW);
        Instant expiresAt = NOW.plus(ofMinutes(60)).plusSeconds(i);
        ListenKey key = new ListenKey(new Secret("listen-key-" + i), NOW, NOW, expiresAt);
        Failure failure = new Failure(NOW, Reason.UNREACHABLE, null, null, "down");
        return i < 3
                ? new Lease(registration, 1, key, new Active(NOW.plus(ofMinutes(30))), null, null, 1)
                : new Lease(registration, 1, key, new Retrying(NOW.plusSeconds(1), 2, NOW), failure, null, 1);
    }
}
