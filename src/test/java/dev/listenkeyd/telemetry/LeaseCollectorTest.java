package dev.listenkeyd.telemetry;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.renewal.ExchangeGate;
import dev.listenkeyd.renewal.ExchangeGate.Budget;
import dev.listenkeyd.renewal.HeldKey;
import dev.listenkeyd.renewal.Lease;
import dev.listenkeyd.renewal.LeaseBook;
import dev.listenkeyd.renewal.LeaseState.Active;
import dev.listenkeyd.renewal.OnLoss;
import dev.listenkeyd.renewal.Prognosis;
import dev.listenkeyd.renewal.Registration;
import dev.listenkeyd.renewal.RenewalPolicy;
import dev.listenkeyd.renewal.Secret;
import dev.listenkeyd.renewal.StoredLeases;
import io.prometheus.client.CollectorRegistry;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.IntStream;
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
                .isEqualTo(4.0);
        assertThat(registry.getSampleValue("listenkey_nearest_expiration_timestamp_seconds"))
                .isEqualTo(NOW.plus(ofMinutes(60)).toEpochMilli() / 1e3);
        // Deadlines are a second apart and the budget makes one call a second: the first one is the tightest.
        assertThat(registry.getSampleValue("listenkey_survivable_outage_seconds"))
                .isEqualTo(3599.0);
        assertThat(registry.getSampleValue("listenkey_recreation_slowed")).isEqualTo(1.0);
        assertThat(registry.getSampleValue("listenkey_exchange_reachable")).isEqualTo(1.0);
    }

    private static CollectorRegistry collecting(int leases, int maxAccounts) {
        LeaseBook book = new LeaseBook(
                new StoredLeases(IntStream.range(0, leases)
                        .mapToObj(LeaseCollectorTest::lease)
                        .toList()),
                System::nanoTime);
        book.restore();
        RenewalPolicy policy =
                new RenewalPolicy(ofMinutes(60), ofMinutes(30), ofMinutes(30), ofSeconds(1), ofSeconds(60), 5);
        ExchangeGate gate = new ExchangeGate(new Budget(60, ofMinutes(1), 0.2), CLOCK, () -> 0);
        CollectorRegistry registry = new CollectorRegistry(true);
        registry.register(new LeaseCollector(book, () -> true, gate, new Prognosis(policy), CLOCK, maxAccounts));
        return registry;
    }

    private static Lease lease(int i) {
        Registration registration = new Registration("a" + i, new Secret("k"), OnLoss.RECREATE, "bot", NOW);
        Instant expiresAt = NOW.plus(ofMinutes(60)).plusSeconds(i);
        HeldKey key = new HeldKey(new Secret("listen-key-" + i), NOW, NOW, expiresAt);
        return new Lease(registration, 1, key, new Active(NOW.plus(ofMinutes(30))), null, null, 1);
    }
}
