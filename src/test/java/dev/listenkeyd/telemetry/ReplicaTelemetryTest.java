package dev.listenkeyd.telemetry;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.listenkeyd.budget.Budget;
import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.fleet.FleetListener.Takeover;
import dev.listenkeyd.fleet.FleetStore.Beat;
import dev.listenkeyd.fleet.Member;
import dev.listenkeyd.fleet.Replicas;
import dev.listenkeyd.forecast.Forecast;
import dev.listenkeyd.lease.StoredLeases;
import dev.listenkeyd.notify.sink.DiskFiles;
import dev.listenkeyd.notify.sink.FileSinks;
import dev.listenkeyd.notify.sink.SinkContext;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.renewal.RenewalPolicy;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponse.Status;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplicaTelemetryTest {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final ReplicaTelemetry telemetry = new ReplicaTelemetry(meters);
    private final KnownReplicas replicas = new KnownReplicas();

    /** As a test sets them. */
    private static final class KnownReplicas implements Replicas {
        private List<Member> members = List.of();
        private int unowned;
        private Map<String, String> unreadable = Map.of();

        @Override
        public String id() {
            return "a-1";
        }

        @Override
        public Beat lastBeat() {
            return new Beat(members, List.of(), false, unowned);
        }

        @Override
        public @Nullable String ownerOf(String account) {
            return null;
        }

        @Override
        public Map<String, String> unreadable() {
            return unreadable;
        }

        @Override
        public Map<Takeover, Integer> takeovers() {
            return Map.of();
        }
    }

    private static Member member(String replica, int leases, int weight) {
        return new Member(replica + "-1", replica, Instant.EPOCH, Instant.EPOCH, leases, weight);
    }

    private double value(String name) {
        return meters.get(name).gauge().value();
    }

    private double value(String name, String replica) {
        return meters.get(name).tag("replica", replica).gauge().value();
    }

    @Test
    void eachReplicaHasItsLeasesAndItsWeightWhileItLives() {
        replicas.members = List.of(member("a", 3, 200), member("b", 4, 0));
        telemetry.show(replicas);

        assertThat(value("listenkey.replicas")).isEqualTo(2);
        assertThat(value("listenkey.replica.leases", "a")).isEqualTo(3);
        assertThat(value("listenkey.replica.leases", "b")).isEqualTo(4);
        assertThat(value("listenkey.replica.weight", "a")).isEqualTo(200);
        assertThat(value("listenkey.replica.weight", "b")).isZero();

        replicas.members = List.of(member("a", 7, 200));
        telemetry.observe(replicas);

        assertThat(meters.find("listenkey.replica.leases").gauges())
                .extracting(gauge -> gauge.getId().getTag("replica"), Gauge::value)
                .containsExactly(tuple("a", 7.0));
    }

    @Test
    void aReplicaThatIsAloneObservesNothingAndShowsItsLeasesAllTheSame() {
        replicas.members = List.of(member("local", 0, 200));
        telemetry.show(replicas);

        replicas.members = List.of(member("local", 5, 180));

        assertThat(value("listenkey.replicas")).isEqualTo(1);
        assertThat(value("listenkey.replica.leases", "local")).isEqualTo(5);
        assertThat(value("listenkey.replica.weight", "local")).isEqualTo(180);
    }

    @Test
    void nothingIsKnownWhileTheStoreIsAway() {
        replicas.members = List.of(member("a", 3, 200));
        replicas.unowned = 2;
        telemetry.show(replicas);
        assertThat(value("listenkey.fleet.unowned.leases")).isEqualTo(2);

        replicas.members = List.of();
        telemetry.observe(replicas);

        assertThat(value("listenkey.replicas")).isZero();
        assertThat(value("listenkey.fleet.unowned.leases")).isNaN();
        assertThat(meters.find("listenkey.replica.leases").gauges()).isEmpty();
    }

    @Test
    void aLeaseThatCantBeReadIsLoggedOnceUntilItCan() {
        LogRecording log = new LogRecording("listenkeyd.replicas");
        replicas.unreadable = Map.of("main", "main: its api_key is encrypted with key 01020304");
        telemetry.observe(replicas);
        telemetry.observe(replicas);
        replicas.unreadable = Map.of();
        telemetry.observe(replicas);
        telemetry.observe(replicas);
        log.close();

        assertThat(log.lines)
                .containsExactly(
                        "ERROR a lease can't be read, and is left to replicas that can: main: its api_key is encrypted"
                                + " with key 01020304",
                        "INFO main: its lease can be read again, or has ended");
    }

    @Test
    void aLeaseThatCantBeReadIsNamedByHealthWhichIsDownMeanwhile() {
        assertThat(well().getStatus()).isEqualTo(Status.UP);

        replicas.unreadable = Map.of("main", "main: its expires_at is missing");
        HealthCheckResponse down = well();
        replicas.unreadable = Map.of();

        assertThat(down.getStatus()).isEqualTo(Status.DOWN);
        assertThat(down.getData().orElseThrow()).containsEntry("unreadable main", "main: its expires_at is missing");
        assertThat(well().getStatus()).isEqualTo(Status.UP);
    }

    /** The health of a replica without a lease of its own. */
    private HealthCheckResponse well() {
        InstantSource clock = () -> Instant.EPOCH;
        SinkContext context = new SinkContext(clock, () -> 0, Runnable::run, new SinkTelemetry(meters), ofMinutes(60));
        return new RenewalHealth(replicas)
                .keysAreWell(
                        new LeaseRegistry(new StoredLeases(List.of()), clock, () -> 0, event -> {}),
                        new Forecast(
                                new RenewalPolicy(ofMinutes(60), ofMinutes(30), null, ofSeconds(1), ofSeconds(60), 5)),
                        new ExchangeGate(new Budget(60, ofMinutes(1), 0.2), clock, () -> 0),
                        new FileSinks(
                                List.of(), new DiskFiles(), account -> null, (sink, state) -> new byte[0], context),
                        clock,
                        new AccountsFolderTelemetry(meters))
                .call();
    }

    @ParameterizedTest
    @CsvSource({"ORPHANED, orphaned", "GIVEN, given", "REQUESTED, requested"})
    void takeoversAreCountedByTheirCause(Takeover cause, String tag) {
        assertThat(meters.get("listenkey.takeovers").tag("cause", tag).counter().count())
                .isZero();

        telemetry.onTakeover(cause, 3);

        assertThat(meters.get("listenkey.takeovers").tag("cause", tag).counter().count())
                .isEqualTo(3);
    }
}
