package dev.listenkeyd.telemetry;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.budget.Budget;
import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.budget.Priority;
import dev.listenkeyd.forecast.Forecast;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.RenewalOutcome.Paused;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.lease.StoredLeases;
import dev.listenkeyd.renewal.Confirmation;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.renewal.RenewalPolicy;
import java.time.Instant;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Risks that come with time or number are one line when they begin and one when they end. */
class RiskWatchTest {
    private static final Instant T0 = Instant.parse("2026-11-22T00:00:00Z");
    private static final RenewalPolicy POLICY =
            new RenewalPolicy(ofMinutes(60), ofMinutes(30), null, ofSeconds(1), ofSeconds(60), 5);

    private final LogRecording recording = new LogRecording("listenkeyd.risk");
    private Instant now = T0;
    private final ExchangeGate gate = new ExchangeGate(new Budget(10, ofMinutes(1), 0.2), () -> now, () -> 0);

    @AfterEach
    void close() {
        recording.close();
        assertThat(recording.everything).noneMatch(text -> text.contains("SECRET"));
    }

    @Test
    void aKeyThatTimeAlonePutsAtRiskIsToldOnceAndSoIsItsRescue() {
        RiskWatch watch = watching(1, Confirmation.AUTO);
        now = T0.plusSeconds(3593);
        watch.poll();
        assertThat(recording.lines).isEmpty();

        now = T0.plusSeconds(3597);
        watch.poll();
        watch.poll();

        assertThat(recording.lines)
                .singleElement()
                .asString()
                .isEqualTo("ERROR a0: AT_RISK, its key lives until " + T0.plusSeconds(3600)
                        + ". Too few attempts are left before the key dies: fewer than 5.");

        now = T0;
        watch.poll();
        watch.poll();
        assertThat(recording.lines).hasSize(2);
        assertThat(recording.lines.get(1)).isEqualTo("INFO a0: no longer at risk, ACTIVE");
    }

    @Test
    void whenAllAreAtRiskAtOnceSomeAreNamedAndTheOthersCounted() {
        RiskWatch watch = watching(RiskWatch.NAMED_AT_ONCE + 7, Confirmation.AUTO);
        Failure blocked = new Failure(T0, Reason.BLOCKED, 403, null, "not the exchange's JSON");
        Objects.requireNonNull(gate.tryAcquire(Priority.DUE, 0)).failed(new Paused(blocked, T0.plusSeconds(4000)));

        watch.poll();
        watch.poll();

        assertThat(recording.lines).hasSize(RiskWatch.NAMED_AT_ONCE + 1);
        assertThat(recording.lines.get(0)).contains("No call may leave before the key dies.");
        assertThat(recording.lines.get(RiskWatch.NAMED_AT_ONCE)).startsWith("ERROR 7 more accounts are AT_RISK");
    }

    @Test
    void moreLeasesThanTheBudgetCanRenewAreToldAtTheEdge() {
        watching(300, Confirmation.AUTO).poll();
        watching(150, Confirmation.ALWAYS).poll();
        assertThat(recording.lines).as("30 minutes of 10 calls each").isEmpty();

        RiskWatch watch = watching(301, Confirmation.AUTO);
        watch.poll();
        watch.poll();
        watching(151, Confirmation.ALWAYS).poll();

        assertThat(recording.lines).hasSize(2).allMatch(line -> line.startsWith("WARN more leases are held"));
        assertThat(recording.lines.get(0))
                .contains("301 leases need a request weight of 11 in 60 s, and 10 may be used");
    }

    private RiskWatch watching(int leases, Confirmation confirmation) {
        LeaseRegistry registry = new LeaseRegistry(
                new StoredLeases(IntStream.range(0, leases)
                        .mapToObj(RiskWatchTest::lease)
                        .toList()),
                () -> now,
                System::nanoTime,
                event -> {});
        registry.restore();
        return new RiskWatch(registry, new Forecast(POLICY), gate, confirmation, () -> now);
    }

    private static Lease lease(int i) {
        Registration registration = new Registration("a" + i, new Secret("SECRET"), OnLoss.RECREATE, "bot", T0);
        ListenKey key = new ListenKey(new Secret("SECRET-" + i), T0, T0, T0.plus(POLICY.ttl()));
        return new Lease(registration, 1, key, new Active(T0.plus(POLICY.renewEvery())), null, null, 1);
    }
}
