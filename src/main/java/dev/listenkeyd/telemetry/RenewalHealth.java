package dev.listenkeyd.telemetry;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.fleet.Replicas;
import dev.listenkeyd.forecast.Forecast;
import dev.listenkeyd.forecast.LeaseStatus;
import dev.listenkeyd.forecast.Overview;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.Loss;
import dev.listenkeyd.lease.Pause;
import dev.listenkeyd.notify.sink.FileSinks;
import dev.listenkeyd.renewal.LeaseRegistry;
import io.smallrye.health.api.Wellness;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;

/** Liveness, readiness and the state of the keys, apart: a restart doesn't help when the exchange is down. */
@Singleton
final class RenewalHealth {
    private static final int SHOWN = 10;

    private final Replicas replicas;

    RenewalHealth(Replicas replicas) {
        this.replicas = replicas;
    }

    @Liveness
    @Singleton
    HealthCheck loopTicks(LoopWatch loop) {
        return () -> HealthCheckResponse.named("renewal loop")
                .status(loop.isTicking())
                .build();
    }

    @Readiness
    @Singleton
    HealthCheck leasesRestored(LoopWatch loop) {
        return () -> HealthCheckResponse.named("leases restored")
                .status(loop.isRestored())
                .build();
    }

    @Wellness
    @Singleton
    HealthCheck keysAreWell(
            LeaseRegistry registry,
            Forecast forecast,
            ExchangeGate gate,
            FileSinks sinks,
            InstantSource clock,
            AccountsFolderTelemetry accountsFolder) {
        return () -> {
            Instant now = clock.instant();
            Overview overview = Overview.of(registry.all(), forecast, gate, now);
            HealthCheckResponseBuilder response = HealthCheckResponse.named("listen keys");
            overview.counts().forEach((status, count) -> response.withData(status.name(), count));
            if (overview.nearestExpiry() != null) {
                response.withData("nearestExpiration", overview.nearestExpiry().toString());
            }
            Pause closed = gate.closed();
            if (closed != null) {
                response.withData("gateClosedUntil", closed.until() + " " + closed.reason());
            }
            response.withData("storeWritable", registry.writable());
            for (Lease lease : overview.troubled()) {
                response.withData(
                        "account " + lease.account(), describe(lease, forecast.status(lease, now, gate.opensAt())));
            }
            Map<String, String> failing = sinks.problems();
            describe("sink ", failing, response);
            Map<String, String> unreadable = replicas.unreadable();
            describe("unreadable ", unreadable, response);
            boolean folderIsWell = accountsFolder.describe(response);
            boolean filesAreWell = failing.isEmpty() && folderIsWell;
            boolean storeIsWell = registry.writable() && unreadable.isEmpty();
            return response.status(overview.troubled().isEmpty() && storeIsWell && filesAreWell)
                    .build();
        };
    }

    private static void describe(String kind, Map<String, String> problems, HealthCheckResponseBuilder response) {
        problems.entrySet().stream()
                .limit(SHOWN)
                .forEach(problem -> response.withData(kind + problem.getKey(), problem.getValue()));
    }

    private static String describe(Lease lease, LeaseStatus status) {
        StringBuilder text = new StringBuilder(status.name());
        Loss loss = lease.lastLoss();
        if (status == LeaseStatus.LOST && loss != null) {
            text.append(' ').append(loss.cause());
        }
        if (status == LeaseStatus.PENDING) {
            text.append(" since ").append(lease.registration().registeredAt());
        }
        Failure failure = lease.failureSinceSuccess();
        if (failure != null) {
            text.append(", last failure ").append(failure.reason());
        }
        return text.toString();
    }
}
